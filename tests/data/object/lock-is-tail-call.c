// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
#include "mini.h"

void fault(struct vm_fault *vmf)
{
	if (vmf->order) {
		mutex_lock(lock_a);
		return;
	}
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	down_read(lock_b);
}
