// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (vmf->order) {
		WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
		mutex_lock(lock_a);
		note(1);
	} else {
		mutex_lock(lock_b);
		note(2);
	}
	mutex_unlock(vmf->order ? lock_a : lock_b);
	return 0;
}
