// SPDX-License-Identifier: GPL-2.0-or-later
/* Values live on the stack. */
/* expect: pass */
/* flags: -O0 */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (vmf->flags & NOWAIT) /* the macro's own variable would hide the flag */
		BUG_FLAGS(TRAP, BUGFLAG_WARNING | BUGFLAG_ONCE); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
