// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: run [-c] COMMAND [ARG...]
 *
 * Runs a command with its output thrown away and prints one line: wall seconds,
 * CPU seconds, the share of all cores that was busy, the largest resident set
 * of carry itself in MiB, exit status. What runs in a sandbox is not counted to
 * its parent, so CPU is taken from the whole machine (/proc/stat): nothing else
 * may run meanwhile. With -c it is that of the command and its children, as rusage
 * has it, with three more digits.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Seconds that all cores together spent in user, nice and system mode. */
static double busy_s(void)
{
	unsigned long long user, nice_, system_, idle, iowait, irq, softirq;
	FILE *f = fopen("/proc/stat", "re");
	int n = f ? fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice_,
			   &system_, &idle, &iowait, &irq, &softirq)
		  : 0;

	if (f)
		fclose(f);
	if (n != 7)
		return 0;
	return (double)(user + nice_ + system_ + irq + softirq) /
	       (double)sysconf(_SC_CLK_TCK);
}

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static int run(char **argv, struct rusage *ru)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
			_exit(127);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, ru) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	bool own = argc > 1 && !strcmp(argv[1], "-c");
	struct rusage ru = { 0 };
	double wall, busy;
	int status;

	if (argc < 2 + own) {
		fputs("usage: run [-c] COMMAND [ARG...]\n", stderr);
		return 2;
	}
	busy = own ? 0 : busy_s();
	wall = now_s();
	status = run(argv + 1 + own, &ru);
	wall = now_s() - wall;
	busy = own ? seconds(ru.ru_utime) + seconds(ru.ru_stime) : busy_s() - busy;
	printf(own ? "%.4f %.5f %.2f %.1f %d\n" : "%.3f %.2f %.2f %.1f %d\n", wall, busy,
	       busy / (wall * (double)sysconf(_SC_NPROCESSORS_ONLN)),
	       (double)ru.ru_maxrss / 1024, status);
	return 0;
}
