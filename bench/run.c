// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: run COMMAND [ARG...]
 *
 * Runs a command with its output thrown away and prints one line: wall seconds,
 * CPU seconds, the share of all cores that was busy, the largest resident set
 * of carry itself in MiB, exit status. What runs in a sandbox is not counted to
 * its parent, so CPU is taken from the whole machine (/proc/stat): nothing else
 * may run meanwhile.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
	return (double)(user + nice_ + system_ + irq + softirq) / (double)sysconf(_SC_CLK_TCK);
}

static int run(char **argv, long *rss_kb)
{
	struct rusage ru = { 0 };
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
	if (pid < 0 || wait4(pid, &status, 0, &ru) < 0)
		return 127;
	*rss_kb = ru.ru_maxrss;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	double wall, busy;
	long rss_kb = 0;
	int status;

	if (argc < 2) {
		fputs("usage: run COMMAND [ARG...]\n", stderr);
		return 2;
	}
	wall = now_s();
	busy = busy_s();
	status = run(argv + 1, &rss_kb);
	wall = now_s() - wall;
	busy = busy_s() - busy;
	printf("%.3f %.2f %.2f %.1f %d\n", wall, busy,
	       busy / (wall * (double)sysconf(_SC_NPROCESSORS_ONLN)), (double)rss_kb / 1024,
	       status);
	return 0;
}
