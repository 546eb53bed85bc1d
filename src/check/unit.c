// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/unit.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/proc.h"
#include "engine/verdict.h"

#define SRC_INSIDE	"/carry/src"
#define OUT_INSIDE	"/carry/out"
#define DEFAULT_TIMEOUT 900
#define MAX_LOG		((size_t)4 << 20)

struct unit {
	struct unit_spec spec;
	char *src, *out, *state_path;
	struct fsx_lock lock;
	struct sandbox sb;
	json_t *state; /* {"clean": bool, "configured": digest, "files": {path: digest}} */
	struct unit_build builds[2];
	bool built[2];
	bool swapped; /* the farm is in no variant: nothing may call it clean */
};

const char *unit_src(const struct unit *u)
{
	return u->src;
}

const char *unit_out(const struct unit *u)
{
	return u->out;
}

const char *unit_src_inside(const struct unit *u)
{
	return sandbox_path(&u->sb, u->src);
}

const char *unit_out_inside(const struct unit *u)
{
	return sandbox_path(&u->sb, u->out);
}

const struct unit_spec *unit_spec(const struct unit *u)
{
	return &u->spec;
}

static int save_state(struct unit *u, bool clean, struct err *e)
{
	_cleanup_free_ char *text = NULL;

	json_object_set_new(u->state, "clean", json_boolean(clean && !u->swapped));
	text = json_dumps(u->state, JSON_SORT_KEYS);
	return fsx_publish(u->state_path, slice_str(text), e);
}

static json_t *load_state(const struct unit *u)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err ignored;
	json_t *state;

	if (fsx_read(u->state_path, &b, &ignored))
		return NULL;
	state = json_loadb(b.data, b.len, 0, NULL);
	if (json_is_true(json_object_get(state, "clean")) &&
	    json_is_object(json_object_get(state, "files")))
		return state;
	json_decref(state);
	return NULL;
}

/* Everything but the lock is thrown away; the farm is linked anew. */
static int make_anew(struct unit *u, struct err *e)
{
	_cleanup_free_ char *kept = path_join(u->spec.dir, "base.json");

	if (fsx_remove(u->state_path, e) || fsx_remove(kept, e) || fsx_remove(u->out, e) ||
	    fsx_remove(u->src, e) || fsx_link_tree(u->spec.tree, u->src, e) || fsx_mkdirs(u->out, e))
		return e->code;
	u->state = json_pack("{s:{}}", "files");
	return save_state(u, true, e);
}

/* One make at a time in the farm and the O=; runs with the state marked dirty. */
static int run_marked(struct unit *u, struct proc_spec *ps, struct proc_result *r,
		      struct err *e)
{
	int rc = save_state(u, false, e);

	if (rc)
		return rc;
	rc = proc_run(ps, r, e);
	return rc ? rc : save_state(u, true, e);
}

void unit_quote(const struct unit *u, const char *const *argv, struct buf *out)
{
	_cleanup_strvec_ struct strvec full = { 0 };

	sandbox_argv(&u->sb, unit_out_inside(u), argv, &full);
	proc_quote(out, (const char *const *)full.v);
}

/*
 * A sandboxed program's time is not counted to us: its parent there is the
 * first process of another PID namespace. A shell inside writes it down.
 */
#define TIMES ".carry-times"

static const char *const timed[] = { "sh", "-c", "\"$@\"; s=$?; times >" TIMES "; exit $s", "sh",
				     NULL };

/* "0m1.230s 0m0.450s" of the shell, then of its children. */
static double read_times(const struct unit *u)
{
	_cleanup_free_ char *path = path_join(u->out, TIMES);
	_cleanup_buf_ struct buf b = BUF_INIT;
	unsigned m[4];
	double s[4];
	struct err ignored;

	if (fsx_read(path, &b, &ignored) ||
	    sscanf(b.data, "%um%lfs %um%lfs %um%lfs %um%lfs", &m[0], &s[0], &m[1], &s[1], &m[2],
		   &s[2], &m[3], &s[3]) != 8)
		return 0;
	return 60.0 * (m[2] + m[3]) + s[2] + s[3];
}

static int run_in(struct unit *u, const char *const *argv, const char *const *env,
		  const int *fds, struct proc_result *r, struct err *e)
{
	_cleanup_strvec_ struct strvec full = { 0 }, inner = { 0 };
	int rc;
	struct proc_spec ps = { .env = env,
				.dir = u->spec.no_sandbox ? u->out : NULL,
				.merge = true,
				.max_output = MAX_LOG,
				.timeout_s = u->spec.timeout_s ? u->spec.timeout_s
							       : DEFAULT_TIMEOUT,
				.cancel = u->spec.cancel };

	if (fds) {
		ps.pass_fds[0] = fds[0];
		ps.pass_fds[1] = fds[1];
	}
	strvec_push_all(&inner, timed);
	strvec_push_all(&inner, argv);
	sandbox_argv(&u->sb, unit_out_inside(u), (const char *const *)inner.v, &full);
	ps.argv = (const char *const *)full.v;
	rc = run_marked(u, &ps, r, e);
	r->cpu_s = read_times(u);
	return rc;
}

int unit_run(struct unit *u, const char *const *argv, struct proc_result *r, struct err *e)
{
	return run_in(u, argv, NULL, NULL, r, e);
}

static char *compiler(const struct unit_spec *s)
{
	const char *cross = s->arch->cross;

	if (s->toolchain->family == FAMILY_GCC && cross)
		return xasprintf("CC=%s%s", cross, s->toolchain->cc);
	return xasprintf("CC=%s", s->toolchain->cc);
}

static void make_argv(const struct unit *u, const char *const *args, struct strvec *argv)
{
	const struct unit_spec *s = &u->spec;
	_cleanup_free_ char *cc = compiler(s);

	strvec_push_all(argv, (const char *const[]){ "make", "-s", "-C", NULL });
	strvec_push(argv, unit_src_inside(u));
	strvec_pushf(argv, "O=%s", unit_out_inside(u));
	strvec_pushf(argv, "ARCH=%s", s->arch->make);
	if (s->arch->cross)
		strvec_pushf(argv, "CROSS_COMPILE=%s", s->arch->cross);
	strvec_push(argv, cc);
	/* What differs from machine to machine and says nothing. */
	strvec_push_all(argv, (const char *const[]){ "KBUILD_BUILD_TIMESTAMP=@0",
						     "KBUILD_BUILD_USER=carry",
						     "KBUILD_BUILD_HOST=carry", NULL });
	strvec_push_all(argv, args);
}

static int make_with(struct unit *u, const char *const *args, struct proc_result *r,
		     struct err *e)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_free_ char *flags = NULL;
	struct slots_pipe *pipe = NULL;
	const char *env[] = { NULL, NULL };
	int rc = 0;

	make_argv(u, args, &argv);
	if (u->spec.slots) {
		rc = slots_open(u->spec.slots, &pipe, e);
		if (rc)
			return rc;
		flags = xasprintf("MAKEFLAGS= -j --jobserver-auth=%d,%d",
				  slots_fds(pipe)[0], slots_fds(pipe)[1]);
		env[0] = flags;
	}
	rc = run_in(u, (const char *const *)argv.v, env, pipe ? slots_fds(pipe) : NULL, r, e);
	if (pipe)
		slots_close(u->spec.slots, pipe);
	return rc;
}

/* The fragments in the order in which they count: the last one wins. */
static int read_fragments(const struct unit *u, struct buf *out, struct err *e)
{
	const struct strlist *lists[] = { &u->spec.config->fragments,
					  &u->spec.arch->fragments,
					  &u->spec.target->fragments };

	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		for (size_t i = 0; i < lists[l]->n; i++) {
			_cleanup_free_ char *path = path_join(u->spec.top, lists[l]->v[i]);
			int rc = fsx_read(path, out, e);

			if (rc)
				return rc;
			buf_addc(out, '\n');
		}
	}
	return 0;
}

/* "CONFIG_X=v" or "# CONFIG_X is not set"; the symbol in *name. */
static bool config_line(struct slice line, struct slice *name)
{
	const char *end;

	if (slice_starts(line, "# CONFIG_") && slice_ends(line, " is not set")) {
		*name = (struct slice){ line.p + 2, line.n - 2 - strlen(" is not set") };
		return true;
	}
	end = slice_starts(line, "CONFIG_") ? memchr(line.p, '=', line.n) : NULL;
	if (!end)
		return false;
	*name = (struct slice){ line.p, (size_t)(end - line.p) };
	return true;
}

static void index_config(struct slice rest, struct map *symbols)
{
	struct slice line, name;

	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (config_line(line, &name))
			map_set(symbols, name, (void *)line.p);
	}
}

/* The value as it stands in a line of a configuration; "n" when it is not set. */
static struct slice config_value(const char *line)
{
	struct slice rest = slice_str(line), l, name;

	if (!line || !slice_line(&rest, &l))
		return SLICE("n");
	l = slice_trim(l);
	if (l.p[0] == '#' || !config_line(l, &name))
		return SLICE("n");
	return (struct slice){ l.p + name.n + 1, l.n - name.n - 1 };
}

/* Every symbol that was asked for must have survived. */
static int check_config(struct unit *u, struct slice wanted, struct err *e)
{
	_cleanup_free_ char *path = path_join(u->out, ".config");
	_cleanup_buf_ struct buf got = BUF_INIT, lost = BUF_INIT;
	struct map want = { 0 }, have = { 0 };
	int rc = fsx_read(path, &got, e);

	if (rc)
		return rc;
	index_config(wanted, &want);
	index_config(buf_slice(&got), &have);
	map_each(w, &want)
	{
		struct slice name = { w->key, w->len };
		struct slice asked = config_value(w->value);
		struct slice is = config_value(map_get(&have, name));

		if (!slice_eq(asked, is))
			buf_addf(&lost, "%s%s=%.*s (is %.*s)", lost.len ? ", " : "", w->key,
				 SLICE_ARG(asked), SLICE_ARG(is));
	}
	map_release(&want);
	map_release(&have);
	if (lost.len)
		return err_set(e, ERR_CONFLICT,
			       "configuration '%s' did not survive on %s %s: %s",
			       u->spec.config->name, u->spec.target->name, u->spec.arch->name,
			       lost.data);
	return 0;
}

static int configure(struct unit *u, struct err *e)
{
	_cleanup_free_ char *path = path_join(u->out, ".carry-fragment");
	_cleanup_free_ char *var = xasprintf("KCONFIG_ALLCONFIG=%s/.carry-fragment",
					     unit_out_inside(u));
	const char *args[] = { var, "allnoconfig", NULL };
	_cleanup_buf_ struct buf wanted = BUF_INIT;
	_cleanup_proc_ struct proc_result r = { 0 };
	char digest[SHA256_HEX];
	const char *was = json_string_value(json_object_get(u->state, "configured"));
	int rc = read_fragments(u, &wanted, e);

	if (rc)
		return rc;
	sha256_of(buf_slice(&wanted), digest);
	if (was && !strcmp(was, digest))
		return 0;
	rc = fsx_publish(path, buf_slice(&wanted), e);
	if (rc)
		return rc;
	rc = make_with(u, args, &r, e);
	if (rc)
		return rc;
	if (r.status)
		return err_set(e, ERR_TOOL, "cannot configure %s: make ended with status %d: %.300s",
			       u->spec.target->name, r.status, buf_str(&r.out));
	rc = check_config(u, buf_slice(&wanted), e);
	if (rc)
		return rc;
	json_object_set_new(u->state, "configured", json_string(digest));
	return save_state(u, true, e);
}

int unit_open(const struct unit_spec *spec, struct unit **out, struct err *e)
{
	struct unit *u = xcalloc(1, sizeof(*u));
	_cleanup_free_ char *lock = xasprintf("%s.lock", spec->dir);
	int rc;

	u->spec = *spec;
	u->lock = (struct fsx_lock)FSX_LOCK_INIT;
	u->src = path_join(spec->dir, "src");
	u->out = path_join(spec->dir, "out");
	u->state_path = path_join(spec->dir, "state.json");
	u->sb.off = spec->no_sandbox;
	sandbox_add(&u->sb, u->src, SRC_INSIDE, false);
	sandbox_add(&u->sb, u->out, OUT_INSIDE, true);
	rc = fsx_mkdirs(spec->dir, e);
	if (!rc)
		rc = fsx_lock(&u->lock, lock, false, e);
	if (!rc && !(u->state = load_state(u)))
		rc = make_anew(u, e);
	if (!rc)
		rc = configure(u, e);
	if (rc) {
		unit_close(u);
		return rc;
	}
	*out = u;
	return 0;
}

static void build_release(struct unit_build *b)
{
	free(b->log);
	free(b->command);
	diags_release(&b->diags);
}

void unit_close(struct unit *u)
{
	if (!u)
		return;
	fsx_unlock(&u->lock);
	for (size_t i = 0; i < ARRAY_SIZE(u->builds); i++)
		build_release(&u->builds[i]);
	json_decref(u->state);
	sandbox_release(&u->sb);
	free(u->src);
	free(u->out);
	free(u->state_path);
	free(u);
}

/* Never in place: the file shares its inode with the base's tree. */
static int write_file(struct unit *u, const struct unit_file *f, struct err *e)
{
	_cleanup_free_ char *path = path_join(u->src, f->path);
	_cleanup_free_ char *dir = xstrdup(path);
	int rc;

	if (!f->mode)
		return fsx_remove(path, e);
	*strrchr(dir, '/') = '\0';
	rc = fsx_mkdirs(dir, e);
	if (!rc)
		rc = fsx_remove(path, e);
	if (rc)
		return rc;
	if ((f->mode & S_IFMT) == S_IFLNK) {
		_cleanup_free_ char *to = xmemdupz(f->data.p, f->data.n);

		if (symlink(to, path))
			return err_sys(e, errno, "cannot link '%s'", path);
		return 0;
	}
	rc = fsx_publish(path, f->data, e);
	if (!rc && (f->mode & 0111) && chmod(path, 0755))
		rc = err_sys(e, errno, "cannot change the mode of '%s'", path);
	return rc;
}

static void file_digest(const struct unit_file *f, char hex[static SHA256_HEX])
{
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, &f->mode, sizeof(f->mode));
	sha256_add(&h, f->data.p, f->data.n);
	sha256_hex(&h, hex);
}

/* The base's own file, as new: make must see that it changed back. */
static int write_base(struct unit *u, const char *path, struct err *e)
{
	_cleanup_free_ char *from = path_join(u->spec.tree, path);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct unit_file f = { .path = path };
	struct stat st;

	if (lstat(from, &st))
		return write_file(u, &f, e); /* the base has none */
	f.mode = st.st_mode;
	if (S_ISLNK(st.st_mode)) {
		ssize_t n;

		buf_grow(&b, 4096);
		n = readlink(from, b.data, 4096);
		if (n < 0)
			return err_sys(e, errno, "cannot read '%s'", from);
		b.len = (size_t)n;
	} else if (fsx_read(from, &b, e)) {
		return e->code;
	}
	f.data = buf_slice(&b);
	return write_file(u, &f, e);
}

static const struct unit_file *wanted_file(const struct unit *u, enum variant which,
					   const char *path)
{
	for (size_t i = 0; which == VARIANT_PATCHED && i < u->spec.nfiles; i++) {
		if (!strcmp(u->spec.files[i].path, path))
			return &u->spec.files[i];
	}
	return NULL;
}

static int put_wanted(struct unit *u, json_t *files, const struct unit_file *f, struct err *e)
{
	const char *was = json_string_value(json_object_get(files, f->path));
	char digest[SHA256_HEX];
	int rc;

	file_digest(f, digest);
	if (was && !strcmp(was, digest))
		return 0;
	rc = write_file(u, f, e);
	if (!rc)
		json_object_set_new(files, f->path, json_string(digest));
	return rc;
}

/* Brings the farm to that variant, touching only files that differ. */
int unit_select(struct unit *u, enum variant which, struct err *e)
{
	json_t *files = json_object_get(u->state, "files"), *digest;
	const char *path;
	void *tmp;
	int rc = save_state(u, false, e);

	json_object_foreach_safe(files, tmp, path, digest)
	{
		_cleanup_free_ char *name = xstrdup(path);

		if (rc || wanted_file(u, which, name))
			continue;
		rc = write_base(u, name, e);
		if (!rc)
			json_object_del(files, name);
	}
	for (size_t i = 0; !rc && which == VARIANT_PATCHED && i < u->spec.nfiles; i++)
		rc = put_wanted(u, files, &u->spec.files[i], e);
	return rc ? rc : save_state(u, true, e);
}

int unit_make(struct unit *u, enum variant which, const char *const *args,
	      struct proc_result *r, struct err *e)
{
	int rc = unit_select(u, which, e);

	return rc ? rc : make_with(u, args, r, e);
}

char *unit_object(const struct unit *u, enum variant which, const char *object)
{
	return xasprintf("%s/objects/%s/%s", u->spec.dir,
			 which == VARIANT_BASE ? "base" : "patched", object);
}

/* Puts a built object aside; false when make made none. */
static bool keep_object(struct unit *u, enum variant which, const char *object)
{
	_cleanup_free_ char *from = path_join(u->out, object);
	_cleanup_free_ char *to = unit_object(u, which, object);
	_cleanup_free_ char *dir = xstrdup(to);
	struct err ignored;

	*strrchr(dir, '/') = '\0';
	if (fsx_mkdirs(dir, &ignored) || fsx_remove(to, &ignored))
		return false;
	return !link(from, to);
}

/* What a former make left must not be taken for what this one makes. */
static int drop_objects(struct unit *u, struct err *e)
{
	const struct strlist *objects = &u->spec.target->objects;

	for (size_t i = 0; i < objects->n; i++) {
		_cleanup_free_ char *path = path_join(u->out, objects->v[i]);

		if (fsx_remove(path, e))
			return e->code;
	}
	return 0;
}

/* A signal or a full disk in a compiler's output is the machine's doing. */
static bool machine_failed(const char *log)
{
	static const char *const signs[] = { "No space left on device", "out of memory",
					     "virtual memory exhausted", "Killed signal",
					     "Cannot allocate memory", "Disk quota exceeded",
					     "Input/output error" };

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (strstr(log, signs[i]))
			return true;
	}
	return false;
}

static int judge_build(struct unit *u, enum variant which, struct proc_result *r,
		       struct unit_build *b, struct err *e)
{
	const struct strlist *objects = &u->spec.target->objects;

	b->log = buf_take(&r->out);
	b->wall_s = r->wall_s;
	b->cpu_s = r->cpu_s;
	b->max_rss_kb = r->max_rss_kb;
	diags_parse(&b->diags, slice_str(b->log), unit_src_inside(u), u->src);
	if (r->signal || machine_failed(b->log))
		return err_set(e, ERR_TOOL, "the build of %s was broken by the machine: %.300s",
			       u->spec.target->name, b->log);
	b->ok = !r->status;
	for (size_t i = 0; b->ok && i < objects->n; i++) {
		if (!keep_object(u, which, objects->v[i]))
			return err_set(e, ERR_TOOL, "make ended with 0 and made no '%s'",
				       objects->v[i]);
	}
	return 0;
}

/*
 * What the base's build said is kept beside its objects: it depends on nothing
 * but what the unit's name has, so that an edited patch does not ask again.
 */
static int keep_base(struct unit *u, const struct unit_build *b, struct err *e)
{
	_cleanup_free_ char *path = path_join(u->spec.dir, "base.json");
	_cleanup_free_ char *text = NULL;
	json_t *j = json_pack("{s:b, s:o, s:s, s:f, s:f, s:i}", "ok", b->ok, "log",
			      json_bytes(b->log, strlen(b->log)), "command", b->command, "wall_s",
			      b->wall_s, "cpu_s", b->cpu_s, "max_rss_kb", (int)b->max_rss_kb);

	text = json_dumps(j, JSON_SORT_KEYS);
	json_decref(j);
	return text ? fsx_publish(path, slice_str(text), e) : 0;
}

static bool load_base(struct unit *u, struct unit_build *b)
{
	_cleanup_free_ char *path = path_join(u->spec.dir, "base.json");
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	const char *log, *command;
	struct err ignored;
	json_t *j;
	int ok, rss;
	bool read;

	if (fsx_read(path, &bytes, &ignored))
		return false;
	j = json_loadb(bytes.data, bytes.len, 0, NULL);
	read = j && !json_unpack(j, "{s:b, s:s, s:s, s:F, s:F, s:i}", "ok", &ok, "log", &log,
				 "command", &command, "wall_s", &b->wall_s, "cpu_s", &b->cpu_s,
				 "max_rss_kb", &rss);
	if (read) {
		b->ok = ok;
		b->max_rss_kb = rss;
		b->log = xstrdup(log);
		b->command = xstrdup(command);
		diags_parse(&b->diags, slice_str(b->log), unit_src_inside(u), u->spec.tree);
	}
	json_decref(j);
	return read;
}

int unit_build(struct unit *u, enum variant which, const struct unit_build **out,
	       struct err *e)
{
	const struct strlist *objects = &u->spec.target->objects;
	_cleanup_strvec_ struct strvec args = { 0 }, argv = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	struct unit_build *b = &u->builds[which];
	_cleanup_buf_ struct buf quoted = BUF_INIT;
	int rc;

	*out = b;
	if (!u->built[which] && which == VARIANT_BASE)
		u->built[which] = load_base(u, b);
	if (u->built[which])
		return 0;
	strvec_push(&args, "W=1");
	for (size_t i = 0; i < objects->n; i++)
		strvec_push(&args, objects->v[i]);
	rc = drop_objects(u, e);
	if (!rc)
		rc = unit_make(u, which, (const char *const *)args.v, &r, e);
	if (rc)
		return rc;
	build_release(b);
	*b = (struct unit_build){ 0 };
	make_argv(u, (const char *const *)args.v, &argv);
	unit_quote(u, (const char *const *)argv.v, &quoted);
	b->command = buf_take(&quoted);
	rc = judge_build(u, which, &r, b, e);
	if (!rc && which == VARIANT_BASE)
		rc = keep_base(u, b, e);
	u->built[which] = !rc;
	return rc;
}

int unit_swap(struct unit *u, const char *path, struct slice data, struct err *e)
{
	_cleanup_free_ char *at = path_join(u->src, path);
	_cleanup_free_ char *aside = xasprintf("%s.carry-aside", at);
	int rc;

	u->swapped = true;
	rc = save_state(u, false, e);
	if (rc)
		return rc;
	if (rename(at, aside))
		return err_sys(e, errno, "cannot put aside '%s'", at);
	return fsx_publish(at, data, e);
}

int unit_restore(struct unit *u, const char *path, struct err *e)
{
	_cleanup_free_ char *at = path_join(u->src, path);
	_cleanup_free_ char *aside = xasprintf("%s.carry-aside", at);

	if (rename(aside, at))
		return err_sys(e, errno, "cannot bring back '%s'", at);
	u->swapped = false;
	return save_state(u, true, e);
}
