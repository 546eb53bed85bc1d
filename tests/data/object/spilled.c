// SPDX-License-Identifier: GPL-2.0-or-later
/* Nobody knows what a value was that comes back from the stack whole. */
/* expect: error object-undecided */
/* flags: -O0 */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	volatile int nowait = !!(vmf->flags & NOWAIT);

	if (nowait)
		BUG_FLAGS(TRAP, BUGFLAG_WARNING | BUGFLAG_ONCE); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
