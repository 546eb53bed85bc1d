// SPDX-License-Identifier: GPL-2.0-or-later
/* The warning's code goes to a cold part, elsewhere. */
/* expect: pass */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (WARN_ON_ONCE(vmf->flags & NOWAIT)) /* here */
		cold_note();
	mutex_lock(lock_a);
	note(vmf->address);
	mutex_unlock(lock_a);
	return 0;
}
