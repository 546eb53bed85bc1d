// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
#include "mini.h"

static noinline void deep(void)
{
	mutex_lock(lock_a);
	note(1);
}

static noinline void helper(void)
{
	note(0);
	deep();
	note(2);
}

int fault(struct vm_fault *vmf)
{
	helper();
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	down_read(lock_b);
	up_read(lock_b);
	mutex_unlock(lock_a);
	return 0;
}
