// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: pass */
/* flags: -fsanitize-coverage=trace-pc,trace-cmp */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	if (vmf->order > 9)
		return 1;
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	note(vmf->pgoff);
	mutex_unlock(lock_a);
	return 0;
}
