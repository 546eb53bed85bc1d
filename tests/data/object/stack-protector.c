// SPDX-License-Identifier: GPL-2.0-or-later
/* Nobody comes back from __stack_chk_fail. */
/* expect: pass */
/* flags: -fstack-protector-all */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	char on_stack[32];

	if (vmf->order) {
		__builtin_memset(on_stack, vmf->order, sizeof(on_stack));
		note((unsigned long)on_stack);
		return 1;
	}
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
