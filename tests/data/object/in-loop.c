// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: pass */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	for (unsigned i = 0; i < vmf->order; i++) {
		WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
		mutex_lock(lock_a);
		note(i);
		mutex_unlock(lock_a);
	}
	return 0;
}
