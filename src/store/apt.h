/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Packages of any Debian suite through apt, beside the machine's own setup and
 * without touching it: own sources, lists and caches below one directory. The
 * archive's address is that of the machine's own sources, and so are proxies;
 * apt verifies signatures against Debian's keyring.
 */

#include <stdatomic.h>

#include "base/err.h"
#include "base/log.h"
#include "base/vec.h"

struct apt_opts {
	struct log_sink *sink;
	const atomic_bool *cancel;
};

/* One version of a package that some suite has. */
struct apt_version {
	char *version;
	char *suite;
};

struct apt_versions {
	VEC(struct apt_version) list; /* newest first */
};

/*
 * Writes the configuration below @dir and updates the lists of @suites, which
 * are added to those known when @all_known. ERR_UNAVAILABLE when there is no
 * apt, no Debian archive in the machine's sources, or none can be reached.
 */
int apt_update(const char *dir, bool all_known, const struct strvec *suites,
	       const struct apt_opts *o, struct err *e) _must_check_;
/* What the lists have of @package; of @suite only, when it is given. */
int apt_versions(const char *dir, const char *package, const char *suite,
		 struct apt_versions *out, struct err *e) _must_check_;
void apt_versions_release(struct apt_versions *v);
/* Downloads one version; *path is the verified file, the caller removes it. */
int apt_download(const char *dir, const char *package, const char *version,
		 const struct apt_opts *o, char **path, struct err *e) _must_check_;
