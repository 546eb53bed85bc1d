// SPDX-License-Identifier: GPL-2.0-or-later
/* x86 tables name their targets, arm64's hold differences that nobody can undo. */
/* expect: pass */
/* expect-arm64: error object-undecided */
/* flags: -fjump-tables -fno-pic -fcf-protection=none -mcmodel=kernel */
/* flags-arm64: -fjump-tables */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	switch (vmf->order) {
	CASES(0);
	CASES(10);
	CASES(20);
	}
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	return 0;
}
