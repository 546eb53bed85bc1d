// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-stray */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE(1); /* here */
	mutex_lock(lock_a);
	note(vmf->flags);
	mutex_unlock(lock_a);
	return 0;
}
