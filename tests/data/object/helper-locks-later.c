// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: pass */
#include "mini.h"

static noinline void helper(unsigned long n)
{
	note(n);
	mutex_lock(lock_a);
	note(1);
	if (n)
		helper(n - 1);
	mutex_unlock(lock_a);
}

int fault(struct vm_fault *vmf)
{
	note(vmf->pgoff);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	helper(vmf->order);
	return 0;
}
