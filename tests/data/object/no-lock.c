// SPDX-License-Identifier: GPL-2.0-or-later
/* expect: error object-no-lock */
#include "mini.h"

int fault(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & NOWAIT); /* here */
	note(vmf->address);
	return 0;
}
