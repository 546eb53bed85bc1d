// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions that must stay as they are. */

static vm_fault_t warned(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);

	mutex_lock(&dev->lock);
	mutex_unlock(&dev->lock);
	return 0;
}

static vm_fault_t warned_late(struct vm_fault *vmf)
{
	mutex_lock(&dev->lock);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_unlock(&dev->lock);
	return 0;
}

static vm_fault_t only_calls(struct vm_fault *vmf)
{
	return warned(vmf);
}

static vm_fault_t no_lock(struct vm_fault *vmf)
{
	return vmf_insert_pfn(vmf->vma, vmf->address, 0);
}

static vm_fault_t unbound(struct vm_fault *vmf)
{
	mutex_lock(&dev->lock);
	mutex_unlock(&dev->lock);
	return 0;
}

static int opened(struct vm_area_struct *vma)
{
	mutex_lock(&dev->lock);
	mutex_unlock(&dev->lock);
	return 0;
}

static const struct vm_operations_struct a = { .fault = warned, };
static const struct vm_operations_struct b = { .fault = warned_late, };
static const struct vm_operations_struct c = { .open = opened, .fault = only_calls, };
static const struct vm_operations_struct d = { .fault = no_lock, };
