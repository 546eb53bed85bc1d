// SPDX-License-Identifier: GPL-2.0-or-later
/* check_vma_flags() asks for VM_IO alone. */

static int faultin_page(struct vm_area_struct *vma, unsigned int flags)
{
	unsigned int fault_flags = 0;

	if (flags & FOLL_NOWAIT)
		fault_flags |= FAULT_FLAG_RETRY_NOWAIT;
	return handle_mm_fault(vma, 0, fault_flags, NULL);
}

static int check_vma_flags(struct vm_area_struct *vma, unsigned long gup_flags)
{
	vm_flags_t vm_flags = vma->vm_flags;

	if (vm_flags & (VM_IO))
		return -EFAULT;
	return 0;
}

static long gup(struct mm_struct *mm, unsigned int gup_flags)
{
	struct vm_area_struct *vma = NULL;

	if (!vma || 0 >= vma->vm_end) {
		vma = vma_lookup(mm, 0);
		if (check_vma_flags(vma, gup_flags))
			return -EFAULT;
	}
	return faultin_page(vma, gup_flags);
}
