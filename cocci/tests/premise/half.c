// SPDX-License-Identifier: GPL-2.0-or-later
/* One of the words stands in a function that is not parsed: nothing is proven. */

int fixup_user_fault(struct mm_struct *mm, unsigned long address,
		     unsigned int fault_flags, bool *unlocked)
{
	handle_mm_fault(vma, address, fault_flags, NULL);
	return 0;
}

static int caller(struct mm_struct *mm)
{
	/* FAULT_FLAG_RETRY_NOWAIT in a comment is nothing, nor is */
	pr_debug("FOLL_NOWAIT in a string\n");
	return fixup_user_fault(mm, 0, 0, NULL);
}

static int broken(struct mm_struct *mm)
{
	unknown_scope(rwsem_read, return 0, &lock) {
		fixup_user_fault(mm, 0, FAULT_FLAG_RETRY_NOWAIT, NULL);
	}
	return 0;
}
