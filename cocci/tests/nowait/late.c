// SPDX-License-Identifier: GPL-2.0-or-later
/* The warning is there, and comes after a lock. */

static vm_fault_t after(struct vm_fault *vmf)
{
	mutex_lock(&dev->lock);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	mutex_unlock(&dev->lock);
	return 0;
}

static vm_fault_t between(struct vm_fault *vmf)
{
	mutex_lock(&dev->lock);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	down_read(&dev->sem);
	return 0;
}

static vm_fault_t at_the_end(struct vm_fault *vmf)
{
	vm_fault_t ret;

	down_read(&dev->sem);
	ret = insert(vmf->vma);
	up_read(&dev->sem);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return ret;
}

static vm_fault_t after_guard(struct vm_fault *vmf)
{
	guard(mutex)(&dev->lock);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

static vm_fault_t after_acquire(struct vm_fault *vmf)
{
	ACQUIRE(mutex_intr, held)(&dev->lock);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	if (ACQUIRE_ERR(mutex_intr, &held))
		return VM_FAULT_RETRY;
	return 0;
}

static vm_fault_t in_scoped_guard(struct vm_fault *vmf)
{
	vm_fault_t ret = 0;

	scoped_guard(rwsem_read, &dev->sem) {
		WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
		ret = insert(vmf->vma);
	}
	return ret;
}

static vm_fault_t after_scoped_guard(struct vm_fault *vmf)
{
	scoped_guard(rwsem_read, &dev->sem)
		insert(vmf->vma);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

static vm_fault_t in_cond_guard(struct vm_fault *vmf)
{
	scoped_cond_guard(mutex_intr, return VM_FAULT_RETRY, &dev->lock) {
		WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
		insert(vmf->vma);
	}
	return 0;
}

static vm_fault_t after_trylock(struct vm_fault *vmf)
{
	if (!mutex_trylock(&dev->lock))
		return VM_FAULT_RETRY;
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

static vm_fault_t after_trylock_in_or(struct vm_fault *vmf)
{
	if (!dev || !down_read_trylock(&dev->sem))
		return VM_FAULT_RETRY;
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

static vm_fault_t beside_trylock(struct vm_fault *vmf)
{
	if (mutex_trylock(&dev->lock) && WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
		return VM_FAULT_RETRY;
	return 0;
}

static vm_fault_t after_declaration(struct vm_fault *vmf)
{
	bool got = mutex_trylock(&dev->lock);

	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return got;
}

static vm_fault_t after_statement_expression(struct vm_fault *vmf)
{
	int n = ({ int m; spin_lock(&dev->slock); m = dev->n; m; });

	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return n;
}

static vm_fault_t after_comma(struct vm_fault *vmf)
{
	int n = 0;

	n++, mutex_lock(&dev->lock);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return n;
}

static vm_fault_t after_conditional_lock(struct vm_fault *vmf)
{
	if (dev->shared)
		mutex_lock(&dev->lock);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

static vm_fault_t after_lock_in_loop(struct vm_fault *vmf)
{
	int i;

	for (i = 0; i < dev->n; i++)
		spin_lock(&dev->slocks[i]);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

static vm_fault_t jumped_over(struct vm_fault *vmf)
{
	if (dev->hot)
		goto locked;
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
locked:
	mutex_lock(&dev->lock);
	return 0;
}

static vm_fault_t after_method(struct vm_fault *vmf)
{
	dev->ops->lock(dev);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

static int innermost(struct dev *dev)
{
	spin_lock(&dev->slock);
	return 0;
}

static int outer(struct dev *dev)
{
	return innermost(dev);
}

static vm_fault_t after_hidden_lock(struct vm_fault *vmf)
{
	outer(dev);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}

#define TAKE_LOCK(d) mutex_lock(&(d)->lock)

static vm_fault_t after_macro(struct vm_fault *vmf)
{
	TAKE_LOCK(dev);
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
}
