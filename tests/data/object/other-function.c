// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-elsewhere */
#include "mini.h"

noinline int other(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	return 1;
}

int fault(struct vm_fault *vmf)
{
	other(vmf);
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
