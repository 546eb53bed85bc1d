// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
/* flags: -g */
#include "mini.h"

static always_inline int fault(struct vm_fault *vmf)
{
	mutex_lock(lock_a);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	note(vmf->address);
	mutex_unlock(lock_a);
	return 0;
}

int dispatch(struct vm_fault *vmf)
{
	note(vmf->pgoff);
	return vmf->order ? 1 : fault(vmf);
}
