// SPDX-License-Identifier: GPL-2.0-or-later
/* gcc inlines the beginning into the callers and keeps the rest as a part. */
/* expect: pass */
/* flags: -g */
#include "mini.h"

static int fault(struct vm_fault *vmf)
{
	if (vmf->order)
		return 1;
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	mutex_lock(lock_a);
	for (unsigned long i = 0; i < vmf->real; i++)
		note(vmf->address + i * vmf->pgoff);
	down_read(lock_b);
	note(vmf->address);
	up_read(lock_b);
	mutex_unlock(lock_a);
	note(vmf->pgoff);
	return 0;
}

int page(struct vm_fault *vmf)
{
	return fault(vmf) + 7;
}

int huge(struct vm_fault *vmf)
{
	note(3);
	return fault(vmf) ^ 9;
}
