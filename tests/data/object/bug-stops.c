// SPDX-License-Identifier: GPL-2.0-or-later
/* Nobody comes back from BUG(): the lock behind it needs no test. */
/* expect: pass */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (vmf->order)
		BUG();
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
