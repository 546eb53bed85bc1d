// SPDX-License-Identifier: GPL-2.0-or-later
/* What is a lock. Nothing here warns. */

static vm_fault_t mutexes(struct vm_fault *vmf)
{
	mutex_lock(&a);
	mutex_lock_nested(&a, 1);
	mutex_lock_interruptible(&a);
	mutex_lock_killable(&a);
	mutex_lock_io(&a);
	mutex_trylock(&a);
	rt_mutex_lock(&a);
	rt_mutex_trylock(&a);
	ww_mutex_lock(&a, &ctx);
	ww_mutex_lock_interruptible(&a, &ctx);
	atomic_dec_and_mutex_lock(&n, &a);
	refcount_dec_and_mutex_lock(&n, &a);
	kref_put_mutex(&k, release, &a);
	return 0;
}

static vm_fault_t semaphores(struct vm_fault *vmf)
{
	down(&a);
	down_interruptible(&a);
	down_killable(&a);
	down_timeout(&a, HZ);
	down_trylock(&a);
	down_read(&a);
	down_read_interruptible(&a);
	down_read_killable(&a);
	down_read_nested(&a, 1);
	down_read_trylock(&a);
	down_write(&a);
	down_write_killable(&a);
	down_write_trylock(&a);
	percpu_down_read(&a);
	percpu_down_write(&a);
	return 0;
}

static vm_fault_t spinning(struct vm_fault *vmf)
{
	spin_lock(&a);
	spin_lock_bh(&a);
	spin_lock_irq(&a);
	spin_lock_irqsave(&a, flags);
	spin_lock_nested(&a, 1);
	spin_trylock(&a);
	spin_trylock_irqsave(&a, flags);
	raw_spin_lock(&a);
	raw_spin_lock_irqsave(&a, flags);
	raw_spin_trylock(&a);
	bit_spin_lock(1, &a);
	_raw_spin_lock(&a);
	read_lock(&a);
	read_trylock(&a);
	write_lock(&a);
	write_lock_irqsave(&a, flags);
	write_seqlock(&a);
	read_seqlock_excl(&a);
	local_lock(&a);
	return 0;
}

static vm_fault_t of_mm(struct vm_fault *vmf)
{
	mmap_read_lock(mm);
	mmap_read_lock_killable(mm);
	mmap_read_trylock(mm);
	mmap_write_lock(mm);
	vma_start_read(vma);
	vma_start_write(vma);
	lock_vma_under_rcu(mm, addr);
	lock_page(page);
	lock_page_or_retry(page, mm, 0);
	trylock_page(page);
	folio_lock(folio);
	folio_trylock(folio);
	__folio_lock_or_retry(folio, vmf);
	pte_offset_map_lock(mm, pmd, addr, &ptl);
	pmd_lock(mm, pmd);
	inode_lock(inode);
	inode_lock_shared(inode);
	filemap_invalidate_lock_shared(mapping);
	i_mmap_lock_read(mapping);
	sb_start_pagefault(sb);
	return 0;
}

static vm_fault_t of_others(struct vm_fault *vmf)
{
	device_lock(dev);
	device_trylock(dev);
	pci_dev_lock(pdev);
	console_lock();
	rtnl_lock();
	lock_sock(sk);
	dma_resv_lock(resv, NULL);
	cpus_read_lock();
	vfio_pci_zap_and_down_write_memory_lock(vdev);
	vfio_pci_memory_lock_and_enable(vdev);
	return 0;
}

static vm_fault_t scopes(struct vm_fault *vmf)
{
	guard(mutex)(&a);
	guard(spinlock_irqsave)(&a);
	ACQUIRE(mutex_kill, b)(&a);
	CLASS(rwsem_read, c)(&a);
	scoped_guard(mutex, &a)
		nothing();
	scoped_guard(device, dev) {
		nothing();
	}
	scoped_guard(spinlock, &a) scoped_guard(raw_spinlock, &b) nothing();
	scoped_class(mutex_try, d, &a) {
		nothing();
	}
	scoped_cond_guard(rwsem_write_kill, return 0, &a) {
		nothing();
	}
	return 0;
}

/* none of these */
static vm_fault_t no_locks(struct vm_fault *vmf)
{
	guard(rcu)();
	guard(preempt)();
	CLASS(fd, f)(3);
	scoped_guard(irqsave)
		nothing();
	scoped_class(fd, g, 4) {
		nothing();
	}
	rcu_read_lock();
	srcu_read_lock(&s);
	mutex_unlock(&a);
	spin_unlock_irqrestore(&a, flags);
	up_read(&a);
	downgrade_write(&a);
	mutex_init(&a);
	spin_lock_init(&a);
	mutex_is_locked(&a);
	lockdep_assert_held_read(&a);
	assert_spin_locked(&a);
	lock_is_held(&a);
	clock_gettime();
	ktime_get_clocktai();
	sb_bread(sb, block);
	blocking_notifier_call_chain(&n, 0, NULL);
	round_down(x, y);
	power_down(dev);
	shutdown(dev);
	__vfio_pci_memory_enabled(vdev);
	dev->clock(dev);
	return 0;
}

/* who knows */
static vm_fault_t perhaps(struct vm_fault *vmf)
{
	LOCK_ALL(dev);
	mutex_take(&a);
	dev_lock2(dev);
	take_sem(&a);
	for_each_lockish(x, y) {
		nothing();
	}
	dev->locker(dev);
	return 0;
}

static vm_fault_t perhaps_but_warned(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	LOCK_ALL(dev);
	return 0;
}

/* spatch never gets there, and cannot say so */
static vm_fault_t unreachable(struct vm_fault *vmf)
{
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	return 0;
	mutex_lock(&a);
}
