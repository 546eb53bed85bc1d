/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A file by http or https, through curl. */

#include <stdatomic.h>

#include "base/err.h"
#include "base/log.h"

/*
 * Downloads @url to a file below @cache; an earlier download that was broken off
 * is continued. *path is the complete file, the caller removes it.
 * ERR_UNAVAILABLE with curl's words.
 */
int fetch_url(const char *cache, const char *url, struct log_sink *sink,
	      const atomic_bool *cancel, char **path, struct err *e) _must_check_;
