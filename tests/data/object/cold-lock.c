// SPDX-License-Identifier: GPL-2.0-or-later
/* The lock is in the cold part, and nothing tests before. */
/* expect: fail object-unguarded */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (vmf->order) {
		cold_note();
		mutex_lock(lock_b);
		cold_note();
	}
	note(vmf->real);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
