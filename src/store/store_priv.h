/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Inside of the store: raw tree objects, and who writes objects. */

#include <git2.h> /* first: it has a field of a name that banned.h poisons */

#include "base/arena.h"
#include "base/fsx.h"
#include "store/pack.h"
#include "store/packread.h"
#include "store/tree.h"

struct store {
	char *cache, *dir; /* dir: <cache>/store.git */
	git_odb *odb;
	struct pack_reader *packs; /* or NULL: then all is read through the odb */
	struct fsx_lock use; /* keeps objects from being swept; -1: where nobody could */
	const atomic_bool *cancel; /* or NULL */
};

/* One line of a tree object; the name lives in the object's bytes. */
struct tree_entry {
	unsigned mode;
	struct slice name;
	git_oid oid;
};

#define MODE_TREE 040000

/* How libgit2 works here: to be called behind each git_libgit2_init(). */
void store_git_options(void);
/* Sets @e from libgit2's last error, behind the text given. */
int store_git_err(struct err *e, enum errc code, const char *fmt, ...) _printf_(3, 4);
int store_parse_oid(const char *hex, git_oid *out, struct err *e) _must_check_;
/* Reads an object that must be of @type; ERR_NOTFOUND or ERR_IO. */
int store_read(const struct store *s, const git_oid *oid, git_object_t type,
	       git_odb_object **out, struct err *e) _must_check_;
/* A blob's content, which the caller frees (out->p); errors as of store_read(). */
int store_read_blob(const struct store *s, const git_oid *oid, struct slice *out,
		    struct err *e) _must_check_;
void store_object_freep(git_odb_object **o);
#define _cleanup_object_ _cleanup_(store_object_freep)
/*
 * git's id, which is SHA-1 over type, size and data. Not by libgit2: its SHA-1 also
 * looks for collisions, which takes many times as long, and what is hashed here
 * is either ours or is only compared with what is ours.
 */
void store_object_id(git_object_t type, struct slice data, git_oid *out);
/* Takes the next entry off a tree object's bytes: 1, 0 at the end, -1 when malformed. */
int tree_next(struct slice *rest, struct tree_entry *en);

/*
 * Renames the directory @from, which mkdtemp() made, to @dest, with the mode of any other
 * new one. ERR_EXISTS: there is something.
 */
int store_move_into_place(const char *from, const char *dest, struct err *e) _must_check_;

/* Whoever keeps the objects that tree_build() makes. */
struct object_sink {
	int (*put)(struct object_sink *sink, git_object_t type, struct slice data,
		   git_oid *out, struct err *e);
	struct store *s;
	struct pack_writer *pack; /* of a sink that writes a pack, */
	struct pack_encoder *z;	  /* and how */
};

/* One that writes loose objects, for a few. */
struct object_sink object_sink_loose(struct store *s);
/* One that adds to @pack; ends with pack_finish(). */
struct object_sink object_sink_pack(struct store *s, struct pack_writer *pack,
				    struct pack_encoder *z);
/* Whether @pack is to hold the object: neither it nor the store has it. */
bool store_wants(const struct store *s, struct pack_writer *pack, const git_oid *oid);

/* A change whose content is an object already, or is yet to be put. */
struct tree_change {
	struct slice path;
	unsigned mode; /* 0: gone */
	bool has_oid;
	git_oid oid;
	struct slice data;
};

/* Sorts @changes. @base may be NULL. An empty result is git's empty tree. */
int tree_build(const struct store *s, struct object_sink *sink, const git_oid *base,
	       struct tree_change *changes, size_t n, git_oid *out,
	       struct err *e) _must_check_;
/* ERR_UNSAFE when @c is not what may stand in a tree. */
int store_check_change(const struct store_change *c, struct err *e) _must_check_;
/* As store_tree_with(), with objects kept by @sink. */
int store_build_tree(struct store *s, struct object_sink *sink, const char *base,
		     const struct store_change *changes, size_t n, char out[static OID_HEX],
		     struct err *e) _must_check_;
