// SPDX-License-Identifier: GPL-2.0-or-later
/* The flag is a truth value in a register that outlives calls. */
/* expect: pass */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	_Bool nowait = vmf->flags & NOWAIT;

	vmf->flags = 0;
	note(nowait);
	note(vmf->pgoff);
	if (nowait)
		BUG_FLAGS(TRAP, BUGFLAG_WARNING | BUGFLAG_ONCE); /* here */
	mutex_lock(lock_a);
	note(nowait);
	mutex_unlock(lock_a);
	return nowait;
}
