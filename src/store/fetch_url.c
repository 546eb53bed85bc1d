// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/fetch_url.h"

#include <stdio.h>

#include "base/fsx.h"
#include "base/hash.h"
#include "base/proc.h"
#include "store/watch.h"

#define MAX_SIZE "4294967296"

/* curl(1): the server cannot continue, or has nothing beyond what is there. */
#define CURL_HTTP_ERROR	 22
#define CURL_RANGE_ERROR 33

static int run_curl(const char *url, const char *to, const atomic_bool *cancel,
		    struct proc_result *r, struct err *e)
{
	bool secure = slice_starts(slice_str(url), "https://");
	const char *const argv[] = {
		"curl",
		"--fail",
		"--silent",
		"--show-error",
		"--location",
		"--proto",
		"=http,https",
		"--proto-redir",
		secure ? "=https" : "=http,https",
		"--connect-timeout",
		"30",
		"--speed-limit",
		"1000",
		"--speed-time",
		"60",
		"--max-time",
		"3600",
		"--max-filesize",
		MAX_SIZE,
		"--retry",
		"2",
		"--continue-at",
		"-",
		"--output",
		to,
		"--",
		url,
		NULL,
	};
	struct proc_spec spec = {
		.argv = argv, .inherit_env = true, .timeout_s = 3700, .cancel = cancel
	};

	return proc_run(&spec, r, e);
}

static int download(const char *url, const char *part, const atomic_bool *cancel,
		    struct err *e)
{
	_cleanup_proc_ struct proc_result r = { 0 };
	bool begun = fsx_exists(part);
	struct slice words;
	int rc = run_curl(url, part, cancel, &r, e);

	if (rc)
		return rc;
	/* What was begun does not fit what the server has now: once more from the start.
	 */
	if (begun && (r.status == CURL_HTTP_ERROR || r.status == CURL_RANGE_ERROR)) {
		proc_result_release(&r);
		rc = fsx_remove(part, e);
		if (!rc)
			rc = run_curl(url, part, cancel, &r, e);
		if (rc)
			return rc;
	}
	if (!r.status)
		return 0;
	words = slice_trim(buf_slice(&r.err));
	return err_set(e, ERR_UNAVAILABLE, "cannot download '%s': %.*s", url,
		       (int)(words.n < 300 ? words.n : 300), words.p);
}

int fetch_url(const char *cache, const char *url, struct log_sink *sink,
	      const atomic_bool *cancel, char **path, struct err *e)
{
	_cleanup_free_ char *dir = path_join(cache, "download");
	_cleanup_free_ char *step = xasprintf("download %s", url);
	const char *const dirs[] = { dir, NULL };
	_cleanup_free_ char *part = NULL;
	_cleanup_free_ char *whole = NULL;
	char hex[SHA256_HEX];
	struct watch *w;
	int rc = fsx_mkdirs(dir, e);

	if (rc)
		return rc;
	sha256_of(slice_str(url), hex);
	part = xasprintf("%s/%.16s.part", dir, hex);
	whole = xasprintf("%s/%.16s", dir, hex);
	w = watch_start(sink, step, dirs, 0);
	rc = download(url, part, cancel, e);
	watch_stop(w, !rc);
	if (!rc && rename(part, whole))
		rc = err_set(e, ERR_IO, "cannot rename to '%s'", whole);
	if (!rc)
		*path = TAKE(whole);
	return rc;
}
