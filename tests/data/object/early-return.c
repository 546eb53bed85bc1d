// SPDX-License-Identifier: GPL-2.0-or-later
/* A way out without any lock may come before. */
/* expect: pass */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (vmf->address & 0xfff)
		return 1;
	note(vmf->pgoff);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
