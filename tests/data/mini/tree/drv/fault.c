/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault.h"

static int device_fault(struct vm_fault *vmf)
{
	struct device *device = vmf->device;
	int ret;

	lock(&device->lock);
	ret = device->open ? 0 : -1;
	unlock(&device->lock);
	return ret;
}

const struct ops device_ops = {
	.fault = device_fault,
};
