// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The only process of the emulated machine: maps BARs through vfio-pci, has them
 * faulted in in several ways, and says when the kernel warned.
 *
 * A warning that is given once is given once for each copy of its machine code: a
 * compiler may put the body of one handler into the other, and then there are two.
 * So the rule is not "one warning", but: from the handlers alone, no address twice, and
 * as many addresses as the handlers have entries in the bug table. Two rounds, between
 * which the kernel forgets that it warned, begin at different handlers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "device.h"
#include "fault.h"
#include "report.h"

#define SMALL 0x4000
#define LARGE ((size_t)4 << 20)
#define MAX_AT 16

static int kmsg = -1, fault = -1;
static unsigned int warnings; /* that the log had since it was opened */

/* A round: from one forgetting to the next. */
static struct round {
	const char *name;
	uint64_t at[MAX_AT]; /* addresses that warned */
	unsigned int n, sites;
} current;

/* A suite: one mapping of one device. */
struct suite {
	const char *name;
	struct device *dev;
	size_t size;
	int aligned;
	int first; /* of its round: here the warning must come */
};

static void mount_at(const char *type, const char *at)
{
	mkdir(at, 0755);
	if (mount(type, at, type, 0, NULL) && errno != EBUSY)
		report_broken(at);
}

static int write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, word, strlen(word));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(word) ? 0 : -1;
}

/* In the order of their needs; a line has not all of them. */
static void load_modules(void)
{
	static const char *const names[] = { "irqbypass",	 "vfio_virqfd",
					     "vfio-pci-core", "vfio-pci", "fault" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/modules/%s.ko", names[i]);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		if (syscall(SYS_finit_module, fd, "", 0))
			report_broken(path);
		close(fd);
	}
}

/* Warnings that the log got since the last call: its records, whatever their order. */
static unsigned int new_warnings(void)
{
	unsigned int n = 0;
	char record[8192];

	for (;;) {
		ssize_t len = read(kmsg, record, sizeof(record) - 1);
		const char *text;

		if (len < 0 && errno == EPIPE)
			report_broken("record of the log that was overwritten");
		if (len < 0)
			break;
		record[len] = '\0';
		text = strchr(record, ';');
		if (text && (!strncmp(text + 1, "WARNING: ", 9) || !strncmp(text + 1, "BUG: ", 5)))
			n++;
	}
	warnings += n;
	return n;
}

static int regs_answer(volatile uint32_t *m)
{
	m[1] = 0x12345678; /* reads back inverted */
	return m[0] == 0x010000ed && m[1] == ~(uint32_t)0x12345678;
}

static int ram_answers(volatile uint32_t *m)
{
	static uint32_t last;
	int same = m[0] == last; /* what another mapping wrote */

	m[0] = ++last;
	return same && m[0] == last;
}

static const char *check_name(const struct suite *s, const char *what)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s.%s.%s", current.name, s->name, what);
	return name;
}

static void cpu_fault(const struct suite *s, const char *what, int write)
{
	volatile uint32_t *m = device_map(s->dev, s->size, s->aligned);
	unsigned int log;
	int answers;

	if (write)
		m[2] = 0;
	else
		(void)m[2];
	log = new_warnings();
	answers = s->dev->answers(m);
	report_check(check_name(s, what), answers && !log, "answers %d, warnings %u", answers,
		     log);
}

static struct fault_call call(const struct suite *s, size_t size, unsigned int flags)
{
	volatile uint32_t *m = device_map(s->dev, size, s->aligned);
	struct fault_call c = { .addr = (uintptr_t)m, .flags = flags };

	if (ioctl(fault, FAULT_CALL, &c))
		report_broken("call of the handler");
	if (!s->dev->answers(m))
		c.mapped = 0;
	current.sites = c.sites;
	return c;
}

static int has_order(const struct suite *s, const struct fault_call *c)
{
	return c->order >= (s->aligned && c->huge_fault[0] ? 2 : 1);
}

/* Each address that warned must be a new one, and in the handlers. */
static int all_new(const struct fault_call *c)
{
	if (c->warns > CALL_MAX_WARNS || c->stray)
		return 0;
	for (unsigned int i = 0; i < c->warns; i++) {
		for (unsigned int k = 0; k < current.n; k++) {
			if (current.at[k] == c->at[i])
				return 0;
		}
		if (current.n == MAX_AT)
			return 0;
		current.at[current.n++] = c->at[i];
	}
	return 1;
}

static void silent(const struct suite *s, const char *what, unsigned int flags)
{
	struct fault_call c = call(s, s->size, flags);
	unsigned int log = new_warnings();

	report_check(check_name(s, what),
		     c.mapped && has_order(s, &c) && !c.warns && !log && c.locks,
		     "returned 0x%x, order %u, warnings %u, in the log %u, locks %u", c.raw,
		     c.order, c.warns, log, c.locks);
}

/* The first call with the flag since the kernel last forgot. */
static void must_warn(const struct suite *s)
{
	struct fault_call c = call(s, s->size, CALL_NOWAIT);
	unsigned int log = new_warnings();
	int fresh = all_new(&c);

	report_check(check_name(s, "nowait-maps"), c.mapped && has_order(s, &c),
		     "returned 0x%x, order %u, locks %u", c.raw, c.order, c.locks);
	report_check(check_name(s, "nowait-warns"), c.warns == 1 && log == 1 && fresh,
		     "warnings %u, in the log %u", c.warns, log);
	report_check(check_name(s, "nowait-in-handler"), c.warns && !c.stray, "%s",
		     c.where[0] ? c.where : "nowhere");
	report_check(check_name(s, "nowait-before-lock"),
		     c.warns && !c.locks_before && c.locks, "locks %u before, %u in all",
		     c.locks_before, c.locks);
	if (c.warns)
		report_fact("warning", "%s.%s %s locks-before %u", current.name, s->name,
			    c.where, c.locks_before);
}

/* A later one: silent, but for a copy of the code that was not reached yet. */
static void may_warn(const struct suite *s, const char *what, size_t size, unsigned int order)
{
	struct fault_call c = call(s, size, CALL_NOWAIT);
	unsigned int log = new_warnings();
	int fresh = all_new(&c);

	report_check(check_name(s, what),
		     c.mapped && (order ? c.order == order : has_order(s, &c)) &&
			     c.warns <= 1 && log == c.warns && fresh,
		     "returned 0x%x, order %u, warnings %u, in the log %u, stray %u", c.raw,
		     c.order, c.warns, log, c.stray);
	if (c.warns)
		report_fact("warning", "%s.%s %s locks-before %u", current.name, s->name,
			    c.where, c.locks_before);
}

static void run_suite(const struct suite *s)
{
	cpu_fault(s, "read", 0);
	cpu_fault(s, "write", 1);
	silent(s, "call-read", 0);
	silent(s, "call-write", CALL_WRITE);
	silent(s, "call-others", CALL_OTHERS);
	if (s->first)
		must_warn(s);
	else
		may_warn(s, "nowait-again", s->size, 0);
	silent(s, "nowait-read-silent", CALL_NOWAIT);
	silent(s, "nowait-write-silent", CALL_NOWAIT | CALL_WRITE);
	/* Too short for a huge page: that handler refuses, and the other one is called. */
	if (s->aligned)
		may_warn(s, "nowait-fallback", SMALL, 1);
}

static void begin_round(const char *name)
{
	current = (struct round){ .name = name };
}

static void end_round(void)
{
	char name[32];

	snprintf(name, sizeof(name), "%s.copies", current.name);
	report_check(name, current.n && current.n == current.sites,
		     "%u addresses warned, the bug table has %u", current.n, current.sites);
}

static void run_rounds(struct device *regs, struct device *ram)
{
	begin_round("first");
	run_suite(&(struct suite){ "huge", ram, LARGE, 1, 1 });
	run_suite(&(struct suite){ "page", ram, SMALL, 0, 0 });
	run_suite(&(struct suite){ "regs", regs, SMALL, 0, 0 });
	end_round();
	if (write_word("/sys/kernel/debug/clear_warn_once", "1"))
		report_broken("clear_warn_once");
	begin_round("second");
	run_suite(&(struct suite){ "regs", regs, SMALL, 0, 1 });
	run_suite(&(struct suite){ "huge", ram, LARGE, 1, 0 });
	end_round();
}

static void set_up(void)
{
	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("devtmpfs", "/dev");
	report_begin();
	mount_at("debugfs", "/sys/kernel/debug");
	if (write_word("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y"))
		report_broken("vfio without an IOMMU");
	load_modules();
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kmsg < 0)
		report_broken("/dev/kmsg");
	fault = open("/dev/fault", O_RDWR);
	if (fault < 0)
		report_broken("/dev/fault");
}

int main(void)
{
	struct device regs = { .name = "edu", .vendor = 0x1234, .id = 0x11e8, .answers = regs_answer };
	struct device ram = { .name = "ivshmem", .vendor = 0x1af4, .id = 0x1110, .bar = 2,
			      .answers = ram_answers };

	set_up();
	device_open(&regs);
	device_open(&ram);
	report_check("boot.silent", !new_warnings(), "warnings %u", warnings);
	run_rounds(&regs, &ram);
	report_end(warnings);
}
