// SPDX-License-Identifier: GPL-2.0-or-later
/* fixup_user_fault() is handed the flag, or what nobody can tell. */

int fixup_user_fault(struct mm_struct *mm, unsigned long address,
		     unsigned int fault_flags, bool *unlocked)
{
	handle_mm_fault(vma, address, fault_flags, NULL);
	return 0;
}

int gmap_fault(struct gmap *gmap, unsigned long gaddr, unsigned int fault_flags)
{
	return fixup_user_fault(gmap->mm, gaddr, fault_flags, NULL);
}

static int directly(struct mm_struct *mm)
{
	return fixup_user_fault(mm, 0, FAULT_FLAG_RETRY_NOWAIT, NULL);
}

static int by_the_other(struct gmap *gmap, bool pfault)
{
	int flags = 0;

	if (pfault)
		return gmap_fault(gmap, 0, flags | FAULT_FLAG_RETRY_NOWAIT);
	return gmap_fault(gmap, 0, flags);
}

static int by_variable(struct gmap *gmap, bool pfault)
{
	int flags = FAULT_FLAG_WRITE;

	if (pfault)
		flags |= FAULT_FLAG_RETRY_NOWAIT;
	return gmap_fault(gmap, 0, flags);
}

static int by_two_variables(struct gmap *gmap, bool pfault)
{
	int more = pfault ? FAULT_FLAG_RETRY_NOWAIT : 0;
	int flags = FAULT_FLAG_WRITE | more;

	return gmap_fault(gmap, 0, flags);
}

static int from_a_field(struct gmap *gmap, struct vm_fault *vmf)
{
	return gmap_fault(gmap, 0, vmf->flags);
}

static int from_a_function(struct gmap *gmap)
{
	int flags = flags_for(gmap);

	return gmap_fault(gmap, 0, flags);
}

static int by_address(struct gmap *gmap)
{
	int flags = 0;

	set_flags(&flags);
	return gmap_fault(gmap, 0, flags);
}

static int in_another_place(unsigned int given)
{
	return gmap_fault(gmap, 0, given);
}
