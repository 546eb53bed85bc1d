// SPDX-License-Identifier: GPL-2.0-or-later
/* What cannot be told is not proven. */

int fixup_user_fault(struct mm_struct *mm, unsigned long address,
		     unsigned int fault_flags, bool *unlocked)
{
	fault_flags |= more_flags(mm);
	handle_mm_fault(vma, address, fault_flags, NULL);
	return 0;
}

static int from_a_field(struct mm_struct *mm, struct vm_fault *vmf)
{
	return fixup_user_fault(mm, 0, vmf->flags, NULL);
}
