// SPDX-License-Identifier: GPL-2.0-or-later
/* A jump table behind the test does no harm. */
/* expect: pass */
/* flags: -fjump-tables -fno-pic -fcf-protection=none */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	switch (vmf->order) {
	CASES(0);
	CASES(10);
	case 20:
		down_read(lock_b);
		note(12);
		break;
	case 21:
		mutex_lock(lock_a);
		note(13);
		break;
	}
	return 0;
}
