// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls the handler of a mapping as a fault with chosen flags would, and watches what
 * it does. Needed because no system call leads there with NOWAIT: GUP refuses such
 * mappings before it faults anything in, and fixup_user_fault() never sets the flag.
 *
 * Every warning passes through __warn(), whatever the log makes of it, and its third
 * argument is the address; a kprobe there and one on each function that takes a
 * sleeping lock tell what came first.
 */
#include <linux/bug.h>
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "fault.h"

static struct task_struct *watched; /* who is in the handler now, or NULL */
static struct fault_call now;	    /* one caller only: init */

static int on_warn(struct kprobe *p, struct pt_regs *regs)
{
	if (READ_ONCE(watched) != current)
		return 0;
	if (!now.warns)
		now.locks_before = now.locks;
	if (now.warns < CALL_MAX_WARNS)
		now.at[now.warns] = regs_get_kernel_argument(regs, 2);
	now.warns++;
	return 0;
}

static int on_lock(struct kprobe *p, struct pt_regs *regs)
{
	if (READ_ONCE(watched) == current)
		now.locks++;
	return 0;
}

static struct kprobe warn_probe = { .symbol_name = "__warn", .pre_handler = on_warn };

/* Not every line and configuration has all of them. */
static struct kprobe lock_probes[] = {
	{ .symbol_name = "mutex_lock", .pre_handler = on_lock },
	{ .symbol_name = "mutex_lock_interruptible", .pre_handler = on_lock },
	{ .symbol_name = "mutex_lock_killable", .pre_handler = on_lock },
	{ .symbol_name = "mutex_trylock", .pre_handler = on_lock },
	{ .symbol_name = "down_read", .pre_handler = on_lock },
	{ .symbol_name = "down_read_interruptible", .pre_handler = on_lock },
	{ .symbol_name = "down_read_killable", .pre_handler = on_lock },
	{ .symbol_name = "down_read_trylock", .pre_handler = on_lock },
	{ .symbol_name = "down_write", .pre_handler = on_lock },
};
static bool probing[ARRAY_SIZE(lock_probes)];

/* Whether two symbols are of one function: gcc puts parts of it aside as name.cold. */
static bool same_function(const char *a, const char *b)
{
	size_t n = strcspn(a, ".+");

	return n && n == strcspn(b, ".+") && !strncmp(a, b, n);
}

static bool in_handlers(unsigned long addr)
{
	static char symbol[KSYM_SYMBOL_LEN];

	sprint_symbol(symbol, addr);
	return same_function(symbol, now.fault) || same_function(symbol, now.huge_fault);
}

static unsigned long address_of(const struct bug_entry *bug)
{
#ifdef CONFIG_GENERIC_BUG_RELATIVE_POINTERS
	return (unsigned long)&bug->bug_addr_disp + bug->bug_addr_disp;
#else
	return bug->bug_addr;
#endif
}

/* We were loaded last, so what is before us in the list is its head. */
static unsigned int count_sites(void)
{
	struct module *mod;
	unsigned int n = 0, i;

	list_for_each_entry(mod, THIS_MODULE->list.prev, list) {
		for (i = 0; i < mod->num_bugs; i++) {
			const struct bug_entry *bug = &mod->bug_table[i];

			n += (bug->flags & BUGFLAG_WARNING) && (bug->flags & BUGFLAG_ONCE) &&
			     in_handlers(address_of(bug));
		}
	}
	return n;
}

static unsigned int order_of(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(*pgd))
		return 0;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return 0;
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud))
		return 0;
	if (pud_val(*pud) & _PAGE_PSE)
		return 3;
	pmd = pmd_offset(pud, addr);
	if (pmd_none(*pmd))
		return 0;
	return pmd_val(*pmd) & _PAGE_PSE ? 2 : 1;
}

static unsigned int kernel_flags(unsigned int flags)
{
	unsigned int out = FAULT_FLAG_ALLOW_RETRY;

	if (flags & CALL_NOWAIT)
		out |= FAULT_FLAG_RETRY_NOWAIT;
	if (flags & CALL_WRITE)
		out |= FAULT_FLAG_WRITE;
	if (flags & CALL_OTHERS)
		out |= FAULT_FLAG_TRIED | FAULT_FLAG_REMOTE | FAULT_FLAG_KILLABLE |
		       FAULT_FLAG_INTERRUPTIBLE;
	return out;
}

/* With RETRY the lock is gone, unless NOWAIT asked to keep it; with COMPLETED too. */
static bool still_locked(vm_fault_t ret, unsigned int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
	if (ret & VM_FAULT_COMPLETED)
		return false;
#endif
	return !(ret & VM_FAULT_RETRY) || (flags & FAULT_FLAG_RETRY_NOWAIT);
}

/* As symbol+offset/size [module]; out[] is shorter than the longest there can be. */
static void name_symbol(unsigned long addr, char out[CALL_SYMBOL])
{
	static char symbol[KSYM_SYMBOL_LEN];

	sprint_symbol(symbol, addr);
	strscpy(out, symbol, CALL_SYMBOL);
}

static int call_locked(struct mm_struct *mm, struct vm_area_struct *vma)
{
	unsigned int flags = kernel_flags(now.flags);
	vm_fault_t ret;

	name_symbol((unsigned long)vma->vm_ops->fault, now.fault);
	if (vma->vm_ops->huge_fault)
		name_symbol((unsigned long)vma->vm_ops->huge_fault, now.huge_fault);
	WRITE_ONCE(watched, current);
	ret = handle_mm_fault(vma, now.addr, flags, NULL);
	WRITE_ONCE(watched, NULL);
	now.raw = (__force u32)ret;
	now.mapped = (ret & VM_FAULT_NOPAGE) && !(ret & (VM_FAULT_ERROR | VM_FAULT_RETRY));
	if (!still_locked(ret, flags))
		return 0;
	now.order = order_of(mm, now.addr);
	return 1;
}

static int call(void)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int locked = 1, ret = 0;

	mmap_read_lock(mm);
	vma = find_vma(mm, now.addr);
	if (!vma || vma->vm_start > now.addr || !vma->vm_ops || !vma->vm_ops->fault)
		ret = -EFAULT;
	else
		locked = call_locked(mm, vma);
	if (locked)
		mmap_read_unlock(mm);
	return ret;
}

static long fault_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct fault_call asked;
	unsigned int i;
	int ret;

	if (cmd != FAULT_CALL)
		return -ENOTTY;
	if (copy_from_user(&asked, (void __user *)arg, sizeof(asked)))
		return -EFAULT;
	memset(&now, 0, sizeof(now));
	now.addr = asked.addr;
	now.flags = asked.flags;
	ret = call();
	if (ret)
		return ret;
	for (i = 0; i < min_t(unsigned int, now.warns, CALL_MAX_WARNS); i++)
		now.stray += !in_handlers(now.at[i]);
	if (now.warns)
		name_symbol(now.at[0], now.where);
	now.sites = count_sites();
	return copy_to_user((void __user *)arg, &now, sizeof(now)) ? -EFAULT : 0;
}

static const struct file_operations fault_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = fault_ioctl,
};

static struct miscdevice fault_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "fault",
	.fops = &fault_fops,
};

static void unwatch(void)
{
	unsigned int i;

	unregister_kprobe(&warn_probe);
	for (i = 0; i < ARRAY_SIZE(lock_probes); i++) {
		if (probing[i])
			unregister_kprobe(&lock_probes[i]);
	}
}

static int __init fault_init(void)
{
	int ret = register_kprobe(&warn_probe);
	unsigned int i;

	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(lock_probes); i++)
		probing[i] = !register_kprobe(&lock_probes[i]);
	ret = misc_register(&fault_misc);
	if (ret)
		unwatch();
	return ret;
}

static void __exit fault_exit(void)
{
	misc_deregister(&fault_misc);
	unwatch();
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("calls a fault handler with chosen flags");
