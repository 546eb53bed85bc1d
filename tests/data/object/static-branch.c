// SPDX-License-Identifier: GPL-2.0-or-later
/* As built, the jump around the warning is a no-operation. */
/* expect: fail object-unguarded */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	static_branch(around);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
around:
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
