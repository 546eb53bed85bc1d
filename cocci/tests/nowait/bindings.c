// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways to bind a handler. */

static vm_fault_t h(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static const struct vm_operations_struct plain = {
	.open = opened,
	.fault = h,
};

const struct vm_operations_struct with_huge = {
	.fault	= first,
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	.huge_fault	= second,
#endif
};

static struct vm_operations_struct writable __ro_after_init = { .fault = third };

static int mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vm_operations_struct *ops = copy(vma->vm_ops);

	ops->fault = fourth;
	ops->huge_fault = fifth;
	own.fault = sixth;
	if (ops->fault == h)
		return 0;
	return 0;
}

static const struct vm_operations_struct none = {
	.open = opened,
};

/* nothing of the kind */
static struct stats s = {
	.faults = 3,
	.default_fault = h,
};
