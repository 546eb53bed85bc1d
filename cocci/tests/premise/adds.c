// SPDX-License-Identifier: GPL-2.0-or-later
/* fixup_user_fault() adds the flag itself. The forms of setting it that are not GUP's. */

int fixup_user_fault(struct mm_struct *mm, unsigned long address,
		     unsigned int fault_flags, bool *unlocked)
{
	unsigned int flags = fault_flags | FAULT_FLAG_TRIED;

	if (!unlocked)
		flags |= FAULT_FLAG_RETRY_NOWAIT;
	handle_mm_fault(vma, address, flags, NULL);
	return 0;
}

static int caller(struct mm_struct *mm)
{
	return fixup_user_fault(mm, 0, 0, NULL);
}

static void do_exception(struct pt_regs *regs)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;

	if (gmap->pfault_enabled)
		flags |= FAULT_FLAG_RETRY_NOWAIT;
	handle_mm_fault(vma, address, flags, regs);
}

static void other_test(int flags)
{
	int fault_flags = 0;

	if (flags & FOLL_WRITE)
		fault_flags |= FAULT_FLAG_RETRY_NOWAIT;
	if (!(flags & FOLL_NOWAIT))
		fault_flags |= FAULT_FLAG_RETRY_NOWAIT;
}

static void copied(struct vm_fault *vmf, int flags)
{
	flags |= vmf->flags & FAULT_FLAG_RETRY_NOWAIT;
}

static int returned(void)
{
	return FAULT_FLAG_RETRY_NOWAIT;
}

static void structured(void)
{
	struct vm_fault fault = { .flags = FAULT_FLAG_RETRY_NOWAIT };
}
