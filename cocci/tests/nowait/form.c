// SPDX-License-Identifier: GPL-2.0-or-later
static vm_fault_t early(struct vm_fault *vmf)
{
	down_read(&sem);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

static vm_fault_t late(struct vm_fault *vmf)
{
	return early(vmf);
}

static const struct vm_operations_struct ops = {
	.fault = late,
};
