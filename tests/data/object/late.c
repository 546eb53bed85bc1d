// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	mutex_lock(lock_a);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	note(vmf->address);
	mutex_unlock(lock_a);
	return 0;
}
