// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-no-warning */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	/* here */
	mutex_lock(lock_a);
	note(vmf->flags & NOWAIT);
	mutex_unlock(lock_a);
	return WARN_ON_ONCE(vmf->order);
}
