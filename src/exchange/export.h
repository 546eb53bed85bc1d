/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Gives a series out in the form of another house: file names, series lists and
 * headers as its tools and people have them. The diffs stay to the byte. What the
 * house demands and the patch does not say is not made up but reported; likewise what
 * it has no word for. The dialects are const records, one file each in dialects/.
 */

#include "engine/lint.h"

struct export_patch {
	const char *name;  /* in the series */
	const char *path;  /* for findings */
	size_t number, of; /* from 1 */
	const struct patch *patch;
	struct header *header; /* edited by the dialect */
	const struct provenance *provenance;
	struct lint_report *report;
};

struct export_file {
	const char *path; /* below the directory of the export */
	struct slice bytes;
};

/* What is to be written, and what there is to say of it. */
struct export_result {
	struct arena arena;
	VEC(struct export_file) files;
	struct lint_report report;
};

struct export_dialect {
	const char *name;
	const char *summary; /* what comes out, for people */
	const char *dir;     /* of the patches, or "" */
	bool numbered;	     /* files are named as git-format-patch(1) does */
	bool one_file;	     /* one mbox, `<target>.mbox` */
	const char *list;    /* name of the file that lists them, or NULL */
	const char *line;    /* of that list: "%s" is the path, "%n" the number */
	const char *next;    /* what to do with it, in the dialect's own tools */
	/* Edits the header, reports what is lacking or lost. */
	int (*convert)(struct export_patch *p, struct err *e);
};

/* All of them, and their names; both ended by NULL. */
extern const struct export_dialect *const export_dialects[];
extern const char *const export_dialect_names[];
/* ERR_USAGE names what there is. */
int export_dialect_find(const char *name, const struct export_dialect **out,
			struct err *e) _must_check_;

/*
 * Makes the files of @v as @d has them; nothing is written. @dir is in front of the
 * names in findings; @cover, a cover letter, may be empty. ERR_INPUT for what cannot be
 * given out in any way: a strip level other than 1, a reversed patch, names that leave.
 */
int export_make(const struct export_dialect *d, const char *target,
		const struct variant_series *v, const char *dir, struct slice cover,
		struct export_result *out, struct err *e) _must_check_;
/* Adds to @report only what dialect @d lacks or loses of one patch. */
void export_look(const struct export_dialect *d, const struct lint_patch *p,
		 struct lint_report *report);
/*
 * Writes the files into the new directory @dest: it appears with all of them, or not
 * at all. Nothing is synced, since it can be made again. What killed exports left beside
 * it goes. ERR_EXISTS when there is anything of that name.
 */
int export_write(const struct export_result *r, const char *dest,
		 struct err *e) _must_check_;
void export_release(struct export_result *r);
