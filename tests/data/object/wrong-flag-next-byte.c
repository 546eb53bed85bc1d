// SPDX-License-Identifier: GPL-2.0-or-later
/* Compilers test the low bit 3 of the next byte. */
/* expect: fail object-unguarded */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & 0x800); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
