// SPDX-License-Identifier: GPL-2.0-or-later
/* gcc makes clones for the constants; each has a warning of its own. */
/* expect: pass */
#include "mini.h"

static noinline int fault(struct vm_fault *vmf, unsigned order, int unused)
{
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	for (unsigned i = 0; i < order; i++)
		note(vmf->address + i * order);
	mutex_unlock(lock_a);
	return order == 9;
}

int page(struct vm_fault *vmf)
{
	return fault(vmf, 9, 1);
}
