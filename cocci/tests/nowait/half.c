// SPDX-License-Identifier: GPL-2.0-or-later
/* spatch cannot parse two of these, and says nothing about it. */

static vm_fault_t broken(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	unknown_scope(rwsem_read, return 0, &dev->lock) {
		insert(vmf->vma);
	}
	return 0;
}

static vm_fault_t torn(struct vm_fault *vmf)
{
	mutex_lock(&dev->lock);
	if (dev->n
		return 0;
	return 0;
}

static vm_fault_t whole(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static const struct vm_operations_struct ops = {
	.fault = broken,
	.huge_fault = torn,
};
