// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: pass */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (WARN_ON_ONCE(vmf->flags & NOWAIT)) /* here */
		return 1;
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
