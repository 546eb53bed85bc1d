// SPDX-License-Identifier: GPL-2.0-or-later
/* Something before the lock looks like the warning and is not. */

static vm_fault_t nothing(struct vm_fault *vmf)
{
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t warn_on(struct vm_fault *vmf)
{
	WARN_ON(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t warn_once(struct vm_fault *vmf)
{
	WARN_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT, "nowait\n");
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t vm_warn(struct vm_fault *vmf)
{
	VM_WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t wrong_flag(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_ALLOW_RETRY);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t two_flags(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & (FAULT_FLAG_RETRY_NOWAIT | FAULT_FLAG_KILLABLE));
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t more_asked(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT && dev->strict);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t negated(struct vm_fault *vmf)
{
	WARN_ON_ONCE(!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT));
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t ored(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags | FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t logical_and(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags && FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t other_field(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->vma->vm_flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t other_vmf(struct vm_fault *vmf)
{
	struct vm_fault *last = dev->last_fault;

	WARN_ON_ONCE(last->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t conditional(struct vm_fault *vmf)
{
	if (dev->debug)
		WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t one_branch(struct vm_fault *vmf)
{
	if (dev->big) {
		WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
		mutex_lock(&dev->lock);
	} else {
		spin_lock(&dev->slock);
	}
	return 0;
}

static vm_fault_t one_case(struct vm_fault *vmf, unsigned int order)
{
	switch (order) {
	case 0:
		WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
		break;
	case 9:
		break;
	}
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t in_loop(struct vm_fault *vmf)
{
	while (busy(dev))
		WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t behind_and(struct vm_fault *vmf)
{
	if (dev->debug && WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
		return VM_FAULT_RETRY;
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t behind_or(struct vm_fault *vmf)
{
	if (dev->quiet || WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
		return VM_FAULT_RETRY;
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t behind_question(struct vm_fault *vmf)
{
	dev->warned = dev->debug ? WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT) : 0;
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t in_argument(struct vm_fault *vmf)
{
	pr_debug("%d\n", WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT));
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t in_sizeof(struct vm_fault *vmf)
{
	int n = sizeof(WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT));

	mutex_lock(&dev->lock);
	return n;
}

static vm_fault_t in_statement_expression(struct vm_fault *vmf)
{
	int n = dev->debug && ({ WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT); 1; });

	mutex_lock(&dev->lock);
	return n;
}

static vm_fault_t if_0(struct vm_fault *vmf)
{
#if 0
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
#endif
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t ifdef(struct vm_fault *vmf)
{
#ifdef CONFIG_DEBUG_VM
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
#endif
	mutex_lock(&dev->lock);
	return 0;
}

/* Something further down makes spatch take the #ifdef as a comment. */
static vm_fault_t ifdef_as_comment(struct vm_fault *vmf)
{
#ifdef CONFIG_DEBUG_VM
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
#endif
	mutex_lock(&dev->lock);
	scoped_cond_guard(mutex_intr, return VM_FAULT_RETRY, &dev->other) {
		insert(vmf->vma);
	}
	return 0;
}

static vm_fault_t commented_out(struct vm_fault *vmf)
{
	/* WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT); */
	// WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t in_a_string(struct vm_fault *vmf)
{
	pr_debug("WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);");
	mutex_lock(&dev->lock);
	return 0;
}

static void elsewhere(struct dev *dev, unsigned int flags)
{
	WARN_ON_ONCE(flags & FAULT_FLAG_RETRY_NOWAIT);
}

static vm_fault_t in_another_function(struct vm_fault *vmf)
{
	elsewhere(dev, 0);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t flag_cleared(struct vm_fault *vmf)
{
	vmf->flags &= ~FAULT_FLAG_RETRY_NOWAIT;
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t vmf_replaced(struct vm_fault *vmf)
{
	vmf = dev->last_fault;
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}
