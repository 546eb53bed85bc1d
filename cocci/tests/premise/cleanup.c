// SPDX-License-Identifier: GPL-2.0-or-later
/* The attribute of the first must not make a type of what frees in the second. */

static int cleaned_up(int flags)
{
	struct request *request __free(kfree) = NULL;

	flags |= FOLL_NOWAIT;
	return flags;
}

static int freed(int flags)
{
	flags |= FOLL_NOWAIT;
	if (buf != local_buf)
		kfree(buf);
	return flags;
}
