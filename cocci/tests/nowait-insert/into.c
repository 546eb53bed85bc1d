// SPDX-License-Identifier: GPL-2.0-or-later
/* Handlers that get the warning, each with another first statement. */

static vm_fault_t after_declarations(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret = VM_FAULT_NOPAGE;

	mutex_lock(&dev->vma_lock);
	down_read(&dev->memory_lock);
	up_read(&dev->memory_lock);
	mutex_unlock(&dev->vma_lock);
	return ret;
}

static vm_fault_t before_a_test(struct vm_fault *vmf, unsigned int order)
{
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (order && (addr < vma->vm_start ||
		      pfn & ((1 << order) - 1))) {
		ret = VM_FAULT_FALLBACK;
		goto out;
	}

	down_read(&dev->memory_lock);
	up_read(&dev->memory_lock);
out:
	return ret;
}

static vm_fault_t before_a_scope(struct vm_fault *vmf, unsigned int order)
{
	vm_fault_t ret = VM_FAULT_FALLBACK;

	if (is_aligned_for_order(vma, addr, pfn, order)) {
		scoped_guard(rwsem_read, &dev->memory_lock)
			ret = insert(dev, pfn, order);
	}

	return ret;
}

static vm_fault_t scope_is_first(struct vm_fault *vmf)
{
	vm_fault_t ret = 0;

	scoped_guard(rwsem_read, &dev->memory_lock) {
		ret = insert(dev, pfn, 0);
	}
	return ret;
}

static vm_fault_t guard_is_first(struct vm_fault *vmf)
{
	guard(mutex)(&dev->lock);

	return insert(dev, pfn, 0);
}

static vm_fault_t loop_is_first(struct vm_fault *fault)
{
	int i;

	for (i = 0; i < dev->n; i++)
		spin_lock(&dev->locks[i]);
	return 0;
}

static vm_fault_t nothing_declared(struct vm_fault *vmf)
{
	return mutex_trylock(&dev->lock) ? 0 : VM_FAULT_RETRY;
}

static const struct vm_operations_struct a = {
	.fault = after_declarations,
	.huge_fault = before_a_test,
}, b = {
	.huge_fault = before_a_scope,
};

static const struct vm_operations_struct c = { .fault = scope_is_first, };
static const struct vm_operations_struct d = { .fault = guard_is_first, };
static const struct vm_operations_struct e = { .fault = loop_is_first, };
static const struct vm_operations_struct f = { .fault = nothing_declared, };
