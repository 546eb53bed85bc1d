// SPDX-License-Identifier: GPL-2.0-or-later
/* The handler has no symbol; DWARF says where it went. */
/* expect: pass */
/* flags: -g */
#include "mini.h"

static always_inline int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	note(vmf->address);
	mutex_unlock(lock_a);
	return 0;
}

int dispatch(struct vm_fault *vmf)
{
	note(vmf->pgoff);
	if (vmf->order) {
		mutex_lock(lock_b);
		note(vmf->real);
		mutex_unlock(lock_b);
		return 1;
	}
	return fault(vmf);
}
