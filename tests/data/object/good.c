// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: pass */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	down_read(lock_b);
	note(vmf->address);
	up_read(lock_b);
	mutex_unlock(lock_a);
	return 0;
}
