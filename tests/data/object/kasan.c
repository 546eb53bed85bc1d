// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads are preceded by calls that look at them. */
/* expect: pass */
/* flags: -fsanitize=kernel-address */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	unsigned long pgoff = vmf->pgoff + vmf->real;

	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	note(pgoff);
	mutex_unlock(lock_a);
	return 0;
}
