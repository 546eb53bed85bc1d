// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: error object-no-handler */
/* flags: -g0 */
#include "mini.h"

static always_inline int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}

int dispatch(struct vm_fault *vmf)
{
	return vmf->order ? 1 : fault(vmf);
}
