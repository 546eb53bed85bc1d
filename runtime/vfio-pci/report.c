// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

static int console = 1;
static unsigned int checks, failed;

/* One write a line, so that the kernel's own messages fall between lines. */
static void say(const char *what, const char *name, const char *word, const char *fmt,
		va_list ap)
{
	char line[512];
	int n = snprintf(line, 200, "carry: %s %s%s%s ", what, name, *word ? " " : "", word);

	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	if (write(console, line, (size_t)n) != n)
		reboot(RB_AUTOBOOT);
}

static void say_plain(const char *what, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(what, name, "", fmt, ap);
	va_end(ap);
}

void report_begin(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd >= 0)
		console = fd;
	say_plain("begin", "1", "%s", "");
}

void report_check(const char *name, int pass, const char *fmt, ...)
{
	va_list ap;

	checks++;
	failed += !pass;
	va_start(ap, fmt);
	say("check", name, pass ? "pass" : "fail", fmt, ap);
	va_end(ap);
}

void report_fact(const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("fact", name, "", fmt, ap);
	va_end(ap);
}

/* The emulator is told not to reboot, so this ends it. */
static void stop(void)
{
	tcdrain(console);
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

void report_end(unsigned int warnings)
{
	char total[64];

	snprintf(total, sizeof(total), "%u", checks);
	say_plain("end", total, "%u %u", failed, warnings);
	stop();
	__builtin_unreachable();
}

void report_broken(const char *what)
{
	say_plain("broken", what, "%s", strerror(errno));
	stop();
	__builtin_unreachable();
}
