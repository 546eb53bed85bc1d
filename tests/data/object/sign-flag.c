// SPDX-License-Identifier: GPL-2.0-or-later
/* Compilers test the sign of the word or of its byte. */
/* expect: pass */
/* mask: 0x80 */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & 0x80); /* here */
	mutex_lock(lock_a);
	mutex_unlock(lock_a);
	return 0;
}
