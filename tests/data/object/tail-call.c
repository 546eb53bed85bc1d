// SPDX-License-Identifier: GPL-2.0-or-later
/* A jump through a pointer that no table feeds leaves the function. */
/* expect: pass */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (vmf->order)
		return vmf->then(vmf);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
