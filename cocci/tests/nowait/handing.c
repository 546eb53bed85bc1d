// SPDX-License-Identifier: GPL-2.0-or-later
/* Who hands its vmf to whom, and what follows from it. */

static vm_fault_t good(struct vm_fault *vmf, unsigned int order)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t poor(struct vm_fault *vmf, unsigned int order)
{
	mutex_lock(&dev->lock);
	return 0;
}

/* right ones */

static vm_fault_t returned(struct vm_fault *vmf)
{
	return good(vmf, 0);
}

static vm_fault_t kept(struct vm_fault *vmf)
{
	vm_fault_t ret;

	ret = good(vmf, 0);
	trace(ret);
	return ret;
}

static vm_fault_t initialised(struct vm_fault *vmf)
{
	vm_fault_t ret = good(vmf, 0);

	return ret;
}

static vm_fault_t tested(struct vm_fault *vmf)
{
	if (good(vmf, 0))
		return VM_FAULT_SIGBUS;
	return 0;
}

static vm_fault_t twice_removed(struct vm_fault *vmf)
{
	return returned(vmf);
}

static void helper(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
}

static vm_fault_t by_helper(struct vm_fault *vmf)
{
	helper(vmf);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t warns_then_calls(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return poor(vmf, 0);
}

static vm_fault_t to_either(struct vm_fault *vmf)
{
	if (dev->big)
		return good(vmf, 9);
	return returned(vmf);
}

/* wrong ones */

static vm_fault_t to_poor(struct vm_fault *vmf)
{
	return poor(vmf, 0);
}

static vm_fault_t lock_first(struct vm_fault *vmf)
{
	mutex_lock(&dev->lock);
	return good(vmf, 0);
}

static vm_fault_t some_paths(struct vm_fault *vmf)
{
	if (dev->big)
		return good(vmf, 9);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t behind_and(struct vm_fault *vmf)
{
	int n = dev->debug && good(vmf, 0);

	mutex_lock(&dev->lock);
	return n;
}

static vm_fault_t in_ifdef(struct vm_fault *vmf)
{
#ifdef CONFIG_DEBUG_VM
	helper(vmf);
#endif
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t another_vmf(struct vm_fault *vmf)
{
	struct vm_fault *last = dev->last_fault;

	helper(last);
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t copied_vmf(struct vm_fault *vmf)
{
	struct vm_fault copy = *vmf;

	copy.flags = 0;
	return good(&copy, 0);
}

static vm_fault_t poor_then_warns(struct vm_fault *vmf)
{
	poor(vmf, 0);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_lock(&dev->lock);
	return 0;
}

static void helper_in_part(struct vm_fault *vmf)
{
	if (dev->quiet)
		return;
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
}

static vm_fault_t by_helper_in_part(struct vm_fault *vmf)
{
	helper_in_part(vmf);
	mutex_lock(&dev->lock);
	return 0;
}

static void helper_behind_and(struct vm_fault *vmf)
{
	if (dev->debug && WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
		count++;
}

static vm_fault_t by_helper_behind_and(struct vm_fault *vmf)
{
	helper_behind_and(vmf);
	mutex_lock(&dev->lock);
	return 0;
}

/* not known */

static vm_fault_t to_strangers(struct vm_fault *vmf)
{
	return stranger(vmf);
}

static vm_fault_t doubtful(struct vm_fault *vmf)
{
	LOCK_ALL(dev);
	return 0;
}

static vm_fault_t to_doubtful(struct vm_fault *vmf)
{
	return doubtful(vmf);
}

static vm_fault_t ping(struct vm_fault *vmf);

static vm_fault_t pong(struct vm_fault *vmf)
{
	return ping(vmf);
}

static vm_fault_t ping(struct vm_fault *vmf)
{
	return pong(vmf);
}

static vm_fault_t changed_vmf(struct vm_fault *vmf)
{
	vmf->flags &= ~FAULT_FLAG_RETRY_NOWAIT;
	return good(vmf, 0);
}

static vm_fault_t unreached_lock(struct vm_fault *vmf)
{
	return good(vmf, 0);
	mutex_lock(&dev->lock);
}
