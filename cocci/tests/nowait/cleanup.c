// SPDX-License-Identifier: GPL-2.0-or-later
/* The attribute of the first must not make a type of what frees in the second. */

static vm_fault_t cleaned_up(struct vm_fault *vmf)
{
	struct request *request __free(kfree) = NULL;

	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t freed(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	if (buf != local_buf)
		kfree(buf);
	return 0;
}
