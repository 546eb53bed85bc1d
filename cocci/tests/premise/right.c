// SPDX-License-Identifier: GPL-2.0-or-later
/* All four properties hold. The parts have the forms of mm/gup.c and of KVM. */

static int faultin_page(struct vm_area_struct *vma, unsigned long address,
			unsigned int flags, bool unshare, int *locked)
{
	unsigned int fault_flags = 0;
	vm_fault_t ret;

	if (flags & FOLL_WRITE)
		fault_flags |= FAULT_FLAG_WRITE;
	if (flags & FOLL_NOWAIT)
		fault_flags |= FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT;

	ret = handle_mm_fault(vma, address, fault_flags, NULL);
	if (ret & VM_FAULT_RETRY) {
		if (!(fault_flags & FAULT_FLAG_RETRY_NOWAIT))
			*locked = 0;
		return -EBUSY;
	}
	return 0;
}

static int check_vma_flags(struct vm_area_struct *vma, unsigned long gup_flags)
{
	vm_flags_t vm_flags = vma->vm_flags;
	int write = (gup_flags & FOLL_WRITE);

	if (vm_flags & (VM_IO | VM_PFNMAP))
		return -EFAULT;

	if (write && !(vm_flags & VM_WRITE))
		return -EFAULT;
	return 0;
}

static long __get_user_pages(struct mm_struct *mm, unsigned long start,
			     unsigned long nr_pages, unsigned int gup_flags, int *locked)
{
	long ret = 0;
	struct vm_area_struct *vma = NULL;

	if (!nr_pages)
		return 0;

	do {
		if (!vma || start >= vma->vm_end) {
			if (gup_flags & FOLL_MADV_POPULATE) {
				vma = vma_lookup(mm, start);
				if (check_vma_flags(vma, gup_flags)) {
					ret = -EINVAL;
					goto out;
				}
				goto retry;
			}
			vma = gup_vma_lookup(mm, start);
			if (!vma && in_gate_area(mm, start)) {
				ret = get_gate_page(mm, start, gup_flags, &vma);
				if (ret)
					goto out;
				goto next_page;
			}
			ret = check_vma_flags(vma, gup_flags);
			if (ret)
				goto out;
		}
retry:
		ret = faultin_page(vma, start, gup_flags, false, locked);
		if (ret)
			goto out;
next_page:
		start += PAGE_SIZE;
		nr_pages--;
	} while (nr_pages);
out:
	return ret;
}

int fixup_user_fault(struct mm_struct *mm, unsigned long address,
		     unsigned int fault_flags, bool *unlocked)
{
	struct vm_area_struct *vma;
	vm_fault_t ret;

	if (unlocked)
		fault_flags |= FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
retry:
	vma = gup_vma_lookup(mm, address);
	ret = handle_mm_fault(vma, address, fault_flags, NULL);
	if (ret & VM_FAULT_RETRY) {
		fault_flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(fixup_user_fault);

static int hva_to_pfn_slow(unsigned long addr, bool async, struct page **page)
{
	unsigned int flags = FOLL_HWPOISON;

	if (async)
		flags |= FOLL_NOWAIT;
	return get_user_pages_unlocked(addr, 1, page, flags);
}

static int faultin_gfn(struct fault *f)
{
	int foll;

	foll = f->write ? FOLL_WRITE : 0;
	foll |= f->pfault ? FOLL_NOWAIT : 0;
	if (faultin_pfn(f, foll))
		return 0;
	foll &= ~FOLL_NOWAIT;
	return faultin_pfn(f, foll);
}

static int hva_to_pfn_remapped(unsigned long addr, bool write_fault)
{
	return fixup_user_fault(current->mm, addr, (write_fault ? FAULT_FLAG_WRITE : 0), 0);
}

/* it hands on what it is given ... */
int gmap_fault(struct gmap *gmap, unsigned long gaddr, unsigned int fault_flags)
{
	if (fixup_user_fault(gmap->mm, gaddr, fault_flags, NULL))
		return -EFAULT;
	return 0;
}

/* ... which is this, */
static int one(struct gmap *gmap, int prot)
{
	unsigned int flags;

	flags = (prot == PROT_WRITE) ? FAULT_FLAG_WRITE : 0;
	flags |= FAULT_FLAG_REMOTE;
	return gmap_fault(gmap, 0, flags);
}

/* and this: a longer way round */
static int hands_on(struct gmap *gmap, unsigned long gaddr, unsigned int flags)
{
	return gmap_fault(gmap, gaddr, flags | FAULT_FLAG_USER);
}

static int two(struct gmap *gmap)
{
	return hands_on(gmap, 0, 0);
}

/* tests of the flag are no use of it */
static int tests(struct vm_fault *vmf)
{
	bool both = (vmf->flags & (FAULT_FLAG_VMA_LOCK | FAULT_FLAG_RETRY_NOWAIT)) ==
		    (FAULT_FLAG_VMA_LOCK | FAULT_FLAG_RETRY_NOWAIT);

	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return 1;
	WARN_ON_ONCE((FAULT_FLAG_USER | FAULT_FLAG_RETRY_NOWAIT) != vmf->flags || both);
	return (vmf->flags & (FAULT_FLAG_VMA_LOCK | FAULT_FLAG_RETRY_NOWAIT)) ==
	       (FAULT_FLAG_VMA_LOCK | FAULT_FLAG_RETRY_NOWAIT);
}
