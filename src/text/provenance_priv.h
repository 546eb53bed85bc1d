/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the readers of the dialects share; nobody else includes it. */

#include "text/provenance.h"

/* Each reads the one field or trailer and says whether it is one of its own. */
bool read_stable_field(struct provenance *p, struct slice name, struct slice value,
		       unsigned line);
bool read_dep3_field(struct provenance *p, struct slice name, struct slice value,
		     unsigned line);
bool read_suse_field(struct provenance *p, struct slice name, struct slice value,
		     unsigned line);
bool read_ubuntu_field(struct provenance *p, struct slice name, struct slice value,
		       unsigned line);
bool read_rhel_field(struct provenance *p, struct slice name, struct slice value,
		     unsigned line);
/* Lines of the message that are no fields; @next is the line behind it. */
void read_stable_line(struct provenance *p, struct slice text, unsigned line);
void read_ubuntu_line(struct provenance *p, struct slice text, unsigned line);
void read_rhel_line(struct provenance *p, struct slice text, struct slice next,
		    unsigned line);

/* Takes @prefix off the front, without regard to case. */
bool take_word(struct slice *s, const char *prefix);
/* An URL of Linus's tree, a commit in it: its id. */
bool is_mainline_url(struct slice url);
/* The commit that an URL of a git web page names: its last run of 12 to 40 hex digits. */
struct slice url_commit(struct slice url);
/* Adds each CVE-YYYY-N that stands in @text. */
void add_cves(struct provenance *p, struct slice text, unsigned line);
bool has_text(struct slice s, const char *needle);
