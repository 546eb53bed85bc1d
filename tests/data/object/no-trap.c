// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: error object-no-trap */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (vmf->flags & NOWAIT)
		BUG_FLAGS(NOP, BUGFLAG_WARNING | BUGFLAG_ONCE); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
