// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
/* handlers: huge_fault page_fault */
#include "mini.h"

noinline int huge_fault(struct vm_fault *vmf, unsigned order)
{
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	note(order);
	mutex_unlock(lock_a);
	return 0;
}

int page_fault(struct vm_fault *vmf)
{
	int ret;

	down_read(lock_b);
	ret = huge_fault(vmf, 0);
	up_read(lock_b);
	return ret;
}
