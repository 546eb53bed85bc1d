/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A device of the emulator, held by vfio-pci, and its BAR in our memory. */

#include <stddef.h>
#include <stdint.h>

struct device {
	const char *name;
	unsigned int vendor, id;
	unsigned int bar;
	/* Whether an access through @m reaches the device. */
	int (*answers)(volatile uint32_t *m);

	int fd;
	uint64_t offset, size; /* of the BAR's region */
};

/* Finds it on the bus, has vfio-pci bind it, opens it and lets it answer. */
void device_open(struct device *d);
/*
 * A fresh mapping of the BAR's first @size bytes: nothing is faulted in yet. With
 * @aligned it begins where a huge page can.
 */
volatile uint32_t *device_map(const struct device *d, size_t size, int aligned);
