// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-no-warning */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	/* here */
	WARN_ON_ONCE(vmf->flags & NOWAIT);
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
