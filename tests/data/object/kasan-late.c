// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
/* flags: -fsanitize=kernel-address */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	mutex_lock(lock_a);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	note(vmf->pgoff);
	mutex_unlock(lock_a);
	return 0;
}
