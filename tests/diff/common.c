// SPDX-License-Identifier: GPL-2.0-or-later
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/proc.h"

void rng_seed(struct rng *r, uint64_t seed)
{
	r->s = seed * 0x9e3779b97f4a7c15ull + 1;
}

uint32_t below(struct rng *r, uint32_t n)
{
	r->s ^= r->s << 13;
	r->s ^= r->s >> 7;
	r->s ^= r->s << 17;
	return (uint32_t)((r->s * 0x2545f4914f6cdd1dull) >> 33) % n;
}

bool once_in(struct rng *r, uint32_t n)
{
	return !below(r, n);
}

int run_tool(const char *work, const char *dir, const char *const *argv,
	     struct slice input, struct buf *out, int *status, struct err *e)
{
	_cleanup_free_ char *path = path_join(work, dir);
	const char *const env[] = { "GIT_CEILING_DIRECTORIES=/", "GIT_DIR=/nonexistent",
				    NULL };
	struct proc_spec spec = { .argv = argv, .env = env, .dir = path, .input = input,
				  .merge = status != NULL };
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = proc_run(&spec, &r, e);

	if (!rc && out)
		buf_add(out, r.out.data, r.out.len);
	if (!rc && status)
		*status = r.status;
	return rc;
}

int put_file(const char *path, struct slice bytes, bool exec, struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				   exec ? 0755 : 0644);

	if (fd < 0)
		return err_sys(e, errno, "cannot write '%s'", path);
	return fsx_write_all(fd, bytes, path, e);
}

bool lf_less(struct slice x, struct slice y)
{
	size_t j = 0;

	for (size_t i = 0; i < x.n; i++) {
		if (j < y.n && x.p[i] == y.p[j])
			j++;
		else if (x.p[i] != '\n')
			return false;
	}
	return j == y.n && x.n > y.n;
}

bool context_without_lf(struct slice rest)
{
	struct slice line;
	char last = 0;

	while (slice_line(&rest, &line)) {
		if (line.p[0] == '\\' && last == ' ')
			return true;
		last = line.p[0];
	}
	return false;
}

bool hunks_overlap(struct slice patch)
{
	struct slice line;
	unsigned long end = 0, start, count;
	char *rest;

	while (slice_line(&patch, &line)) {
		if (slice_starts(line, "--- "))
			end = 0;
		if (!slice_starts(line, "@@ -"))
			continue;
		start = strtoul(line.p + 4, &rest, 10);
		count = *rest == ',' ? strtoul(rest + 1, NULL, 10) : 1;
		start += !count; /* then it is the line before */
		if (start < end)
			return true;
		end = start + count;
	}
	return false;
}
