// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The handler of 6.6.y since 6.6.134, in outline: what the patch stands on, and the lock,
 * are the kernel's; what is done under the lock is not.
 */

static vm_fault_t vfio_pci_mmap_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct vfio_pci_core_device *vdev = vma->vm_private_data;
	unsigned long pfn;
	unsigned long addr = vma->vm_start;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	pfn = vma_to_pfn(vma);

	down_read(&vdev->memory_lock);

	if (enabled(vdev))
		ret = insert(vma, addr, pfn);

	up_read(&vdev->memory_lock);

	return ret;
}

static const struct vm_operations_struct vfio_pci_mmap_ops = {
	.fault = vfio_pci_mmap_fault,
};
