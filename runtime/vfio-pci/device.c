// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "report.h"

#define BUS	  "/sys/bus/pci/devices"
#define HUGE_SIZE ((size_t)2 << 20)

static long read_hex(const char *slot, const char *attribute)
{
	char path[400], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), BUS "/%s/%s", slot, attribute);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -1;
	close(fd);
	return strtol(text, NULL, 16);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		report_broken(path);
	close(fd);
}

static void find(const struct device *d, char slot[static 32])
{
	DIR *dir = opendir(BUS);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || read_hex(e->d_name, "vendor") != (long)d->vendor ||
		    read_hex(e->d_name, "device") != (long)d->id)
			continue;
		snprintf(slot, 32, "%.31s", e->d_name);
		closedir(dir);
		return;
	}
	report_broken("device on the bus");
}

/* Without an IOMMU the group's file has a name that says so. */
static int open_group(const char *slot)
{
	char path[400], link[400];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), BUS "/%s/iommu_group", slot);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		report_broken(path);
	link[n] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/noiommu-%.300s", strrchr(link, '/') + 1);
	fd = open(path, O_RDWR);
	if (fd < 0)
		report_broken(path);
	return fd;
}

static int open_device(const char *slot)
{
	static int container = -1;
	int group = open_group(slot), fd;

	if (container < 0)
		container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		report_broken("container");
	/* The second group of a container finds it set. */
	ioctl(container, VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU);
	fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, slot);
	if (fd < 0)
		report_broken(slot);
	return fd;
}

static struct vfio_region_info region(const struct device *d, unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(d->fd, VFIO_DEVICE_GET_REGION_INFO, &info))
		report_broken("region");
	return info;
}

/* Until its MEMORY bit is set the BAR answers to nobody, and a fault on it is an error. */
static void enable_memory(const struct device *d)
{
	off_t at = (off_t)region(d, VFIO_PCI_CONFIG_REGION_INDEX).offset + PCI_COMMAND;
	uint16_t command;

	if (pread(d->fd, &command, sizeof(command), at) != sizeof(command))
		report_broken("command register");
	command |= PCI_COMMAND_MEMORY;
	if (pwrite(d->fd, &command, sizeof(command), at) != sizeof(command))
		report_broken("command register");
}

void device_open(struct device *d)
{
	struct vfio_region_info info;
	char slot[32], path[400];

	find(d, slot);
	snprintf(path, sizeof(path), BUS "/%s/driver_override", slot);
	write_text(path, "vfio-pci");
	write_text("/sys/bus/pci/drivers_probe", slot);
	d->fd = open_device(slot);
	enable_memory(d);
	info = region(d, d->bar);
	if (!(info.flags & VFIO_REGION_INFO_FLAG_MMAP))
		report_broken("BAR that can be mapped");
	d->offset = info.offset;
	d->size = info.size;
	report_fact("device", "%s bar %u size 0x%llx", d->name, d->bar,
		    (unsigned long long)d->size);
}

volatile uint32_t *device_map(const struct device *d, size_t size, int aligned)
{
	void *at = NULL, *m;

	if (aligned) {
		char *room = mmap(NULL, size + HUGE_SIZE, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (room == MAP_FAILED)
			report_broken("room for a mapping");
		at = (void *)(((uintptr_t)room + HUGE_SIZE - 1) & ~(uintptr_t)(HUGE_SIZE - 1));
	}
	m = mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | (aligned ? MAP_FIXED : 0), d->fd,
		 (off_t)d->offset);
	if (m == MAP_FAILED)
		report_broken("mapping of the BAR");
	return m;
}
