// SPDX-License-Identifier: GPL-2.0-or-later
/* As much of a kernel's relay.c as its fault handler needs to be compiled. */
struct page;
struct vm_fault { void *page; };
struct chan { unsigned long alloc_size; };
struct buf { void *start; struct chan *chan; } *buf;
struct page *vmalloc_to_page(void *where);
void WARN_ON_ONCE(int what);
#define PAGE_SHIFT 12
#define VM_FAULT_OOM 1
#define VM_FAULT_SIGBUS 2
static int relay_buf_fault(struct vm_fault *vmf)
{
	struct page *page;
	unsigned long pgoff = 0;

	if (!buf)
		return VM_FAULT_OOM;

	page = vmalloc_to_page(buf->start + (pgoff << PAGE_SHIFT));
	if (!page)
		return VM_FAULT_SIGBUS;
	vmf->page = page;
	return 0;
}
int (*handler)(struct vm_fault *vmf);
void init(void);
void init(void)
{
	handler = relay_buf_fault;
}
