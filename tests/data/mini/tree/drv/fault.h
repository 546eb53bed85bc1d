/* SPDX-License-Identifier: GPL-2.0-or-later */
#define NOWAIT 8
#define WARN_ON_ONCE(x) ((void)(x))

struct device {
	int lock;
	int open;
};

struct vm_fault {
	struct device *device;
	unsigned int flags;
};

struct ops {
	int (*fault)(struct vm_fault *vmf);
};

void lock(int *l);
void unlock(int *l);
