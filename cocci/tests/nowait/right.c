// SPDX-License-Identifier: GPL-2.0-or-later
/* Handlers that do as they should, in the forms the kernel lines have and in others. */

static vm_fault_t two_locks(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct dev *dev = vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_NOPAGE;

	/* some words on why */
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);

	mutex_lock(&dev->vma_lock);
	down_read(&dev->memory_lock);

	if (!enabled(dev)) {
		ret = VM_FAULT_SIGBUS;
		goto up_out;
	}

	list_for_each_entry(mmap_vma, &dev->vma_list, vma_next) {
		if (mmap_vma->vma == vma)
			goto up_out;
	}

up_out:
	up_read(&dev->memory_lock);
	mutex_unlock(&dev->vma_lock);
	return ret;
}

static vm_fault_t huge(struct vm_fault *vmf, unsigned int order)
{
	struct dev *dev = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);

	if (order && unaligned(vmf, order)) {
		ret = VM_FAULT_FALLBACK;
		goto out;
	}

	down_read(&dev->memory_lock);

	if (!enabled(dev))
		goto out_unlock;

	switch (order) {
	case 0:
		ret = vmf_insert_pfn(vmf->vma, vmf->address, 0);
		break;
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
	case PMD_ORDER:
		ret = vmf_insert_pfn_pmd(vmf, 0, false);
		break;
#endif
	default:
		ret = VM_FAULT_FALLBACK;
	}

out_unlock:
	up_read(&dev->memory_lock);
out:
	return ret;
}

static vm_fault_t page(struct vm_fault *vmf)
{
	return huge(vmf, 0);
}

static vm_fault_t scoped(struct vm_fault *vmf, unsigned int order)
{
	struct dev *dev = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_FALLBACK;

	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);

	if (is_aligned_for_order(vmf->vma, 0, 0, order)) {
		scoped_guard(rwsem_read, &dev->memory_lock)
			ret = insert_pfn(dev, 0, order);
	}

	return ret;
}

static vm_fault_t scoped_retry(struct vm_fault *vmf, unsigned int order)
{
	vm_fault_t ret = VM_FAULT_FALLBACK;

	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	if (!region(vmf->vma))
		return VM_FAULT_SIGBUS;
retry:
	scoped_guard(rwsem_read, &dev->memory_lock) {
		if (again(dev))
			goto retry;
		ret = insert_pfn(dev, 0, order);
	}
	return ret;
}

static vm_fault_t guarded(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	guard(mutex)(&dev->lock);
	return insert(vmf->vma);
}

static vm_fault_t in_condition(struct vm_fault *vmf)
{
	if (WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
		return VM_FAULT_RETRY;
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t in_unlikely_condition(struct vm_fault *vmf)
{
	if (unlikely(WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)))
		count++;
	else
		count--;
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t first_operand(struct vm_fault *vmf)
{
	if (WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT) || !dev)
		return VM_FAULT_SIGBUS;
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t assigned(struct vm_fault *vmf)
{
	bool nowait = WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);

	mutex_lock(&dev->lock);
	return nowait;
}

static vm_fault_t flag_first(struct vm_fault *fault)
{
	WARN_ON_ONCE(FAULT_FLAG_RETRY_NOWAIT & fault->flags);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t each_branch(struct vm_fault *vmf)
{
	if (dev->big) {
		WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
		mutex_lock(&dev->lock);
	} else {
		WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
		spin_lock(&dev->slock);
	}
	return 0;
}

static vm_fault_t second_parameter(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

/* The lock is covered; but one path leaves before the warning. */
static vm_fault_t lockless_return(struct vm_fault *vmf, unsigned int order)
{
	if (order)
		return VM_FAULT_FALLBACK;
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t lockless_goto(struct vm_fault *vmf, unsigned int order)
{
	if (order && unaligned(vmf->vma, order))
		goto out;
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	down_read(&dev->memory_lock);
	up_read(&dev->memory_lock);
out:
	return 0;
}

static const struct vm_operations_struct ops = {
	.fault = page,
	.huge_fault = huge,
};
