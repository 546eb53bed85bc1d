// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: fail object-unguarded */
#include "mini.h"

static int fault(struct vm_fault *vmf)
{
	if (vmf->order)
		return 1;
	mutex_lock(lock_a);
	for (unsigned long i = 0; i < vmf->real; i++)
		note(vmf->address + i * vmf->pgoff);
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
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
