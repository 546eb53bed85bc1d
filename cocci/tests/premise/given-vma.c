// SPDX-License-Identifier: GPL-2.0-or-later
/* The fault is on a vma that comes from nowhere, or with a check that is lost. */

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

	if (vm_flags & (VM_IO | VM_PFNMAP))
		return -EFAULT;
	return 0;
}

static long a_parameter(struct vm_area_struct *vma, unsigned int gup_flags)
{
	return faultin_page(vma, gup_flags);
}

static long unheeded(struct mm_struct *mm, unsigned int gup_flags)
{
	struct vm_area_struct *vma = NULL;

	if (!vma || 0 >= vma->vm_end) {
		vma = vma_lookup(mm, 0);
		check_vma_flags(vma, gup_flags);
	}
	return faultin_page(vma, gup_flags);
}

static long no_question_first(struct mm_struct *mm, unsigned int gup_flags)
{
	struct vm_area_struct *vma = NULL;

	if (gup_flags & FOLL_WRITE) {
		vma = vma_lookup(mm, 0);
		if (check_vma_flags(vma, gup_flags))
			return -EFAULT;
	}
	return faultin_page(vma, gup_flags);
}

static long without_a_question(struct mm_struct *mm, unsigned int gup_flags)
{
	struct vm_area_struct *vma = vma_lookup(mm, 0);

	if (check_vma_flags(vma, gup_flags))
		return -EFAULT;
	return faultin_page(vma, gup_flags);
}
