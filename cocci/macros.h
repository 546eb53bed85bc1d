/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For spatch --macro-file: the kernel's block macros that look like calls.
 *
 * Without these a function that uses one is dropped in silence, and no rule sees
 * it. Each opens a block or takes one statement, so to the parser it is a loop.
 */
#define scoped_class YACFE_ITERATOR
#define scoped_cond_guard YACFE_ITERATOR
#define scoped_guard YACFE_ITERATOR
#define scoped_irqdesc_get_and_buslock YACFE_ITERATOR
#define scoped_irqdesc_get_and_lock YACFE_ITERATOR
#define scoped_seqlock_read YACFE_ITERATOR
#define scoped_timer_get_or_fail YACFE_ITERATOR
#define scoped_user_read_access YACFE_ITERATOR
#define scoped_user_read_access_size YACFE_ITERATOR
#define scoped_user_rw_access YACFE_ITERATOR
#define scoped_user_rw_access_size YACFE_ITERATOR
#define scoped_user_write_access YACFE_ITERATOR
#define scoped_user_write_access_size YACFE_ITERATOR
#define scoped_with_creds YACFE_ITERATOR
#define scoped_with_init_fs YACFE_ITERATOR
#define scoped_with_kernel_creds YACFE_ITERATOR
#define xe_validation_guard YACFE_ITERATOR

/* So is a function with assembler in it that is made of macros; s390 has these. */
#define asm_inline asm
#define CC_OUT(sym, var) "=d" (var)
#define CC_CLOBBER_LIST(clobbered) clobbered
