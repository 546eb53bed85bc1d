// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE((vmf->flags & NOWAIT) && vmf->order); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
