// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/unit_priv.h"
#include "engine/verdict.h"

#define SRC_INSIDE	"/carry/src"
#define OUT_INSIDE	"/carry/out"
#define DEFAULT_TIMEOUT 900
#define MAX_LOG		((size_t)4 << 20)

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

int unit_save_state(struct unit *u, bool clean, struct err *e)
{
	_cleanup_free_ char *text = NULL;

	json_object_set_new(u->state, "clean",
			    json_boolean(clean && !u->swapped && !u->broken));
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

	if (fsx_remove(u->state_path, e) || fsx_remove(kept, e) ||
	    fsx_remove(u->out, e) || fsx_remove(u->src, e) ||
	    fsx_link_tree(u->spec.tree, u->src, e) || fsx_mkdirs(u->out, e))
		return e->code;
	u->state = json_pack("{s:{}}", "files");
	return unit_save_state(u, true, e);
}

/* One make at a time in the farm and the O=; runs with the state marked dirty. */
static int run_marked(struct unit *u, struct proc_spec *ps, struct proc_result *r,
		      struct err *e)
{
	int rc = 0;

	if (u->broken)
		return err_set(e, ERR_TOOL,
			       "an earlier run in this build directory was broken off; "
			       "verify again to have it made anew");
	rc = unit_save_state(u, false, e);
	if (rc)
		return rc;
	rc = proc_run(ps, r, e);
	u->broken = rc != 0;
	return rc ? rc : unit_save_state(u, true, e);
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

static const char *const timed[] = { "sh", "-c",
				     "\"$@\"; s=$?; times >" TIMES "; exit $s", "sh",
				     NULL };

/* "0m1.230s 0m0.450s" of the shell, then of its children. */
static double read_times(const struct unit *u)
{
	_cleanup_free_ char *path = path_join(u->out, TIMES);
	_cleanup_buf_ struct buf b = BUF_INIT;
	unsigned m[4];
	double s[4];
	struct err ignored;

	if (fsx_read_plain(path, &b, &ignored) ||
	    sscanf(b.data, "%um%lfs %um%lfs %um%lfs %um%lfs", &m[0], &s[0], &m[1], &s[1],
		   &m[2], &s[2], &m[3], &s[3]) != 8)
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
	if (!u->sb.off)
		r->max_rss_kb = 0; /* that was bubblewrap's own */
	/* What was cut off may be the very diagnostic that counts. */
	if (!rc && r->truncated)
		rc = err_set(e, ERR_LIMIT, "'%s' said more than %zu bytes", argv[0],
			     MAX_LOG);
	return rc;
}

int unit_run(struct unit *u, const char *const *argv, struct proc_result *r,
	     struct err *e)
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
	/*
	 * Host tools run for a second and are built in three; they make the same
	 * objects unoptimised. The rest differs from machine to machine and says nothing.
	 */
	strvec_push_all(argv, (const char *const[]){ "HOSTCFLAGS=-O0",
						     "KBUILD_BUILD_TIMESTAMP=@0",
						     "KBUILD_BUILD_USER=carry",
						     "KBUILD_BUILD_HOST=carry", NULL });
	strvec_push_all(argv, args);
}

int unit_make_with(struct unit *u, const char *const *args, struct proc_result *r,
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
	rc = run_in(u, (const char *const *)argv.v, env, pipe ? slots_fds(pipe) : NULL, r,
		    e);
	if (pipe)
		slots_close(u->spec.slots, pipe);
	return rc;
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
		rc = fsx_lock_wait(&u->lock, lock, spec->cancel, e);
	if (!rc && !(u->state = load_state(u)))
		rc = make_anew(u, e);
	if (!rc)
		rc = unit_configure(u, e);
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

int unit_make(struct unit *u, enum variant which, const char *const *args,
	      struct proc_result *r, struct err *e)
{
	int rc = unit_select(u, which, e);

	return rc ? rc : unit_make_with(u, args, r, e);
}

char *unit_object(const struct unit *u, enum variant which, const char *object)
{
	return xasprintf("%s/objects/%s/%s", u->spec.dir,
			 which == VARIANT_BASE ? "base" : "patched", object);
}

/*
 * What makefiles left in the O= is theirs: a link in place of a directory would
 * lead us out of it. Nothing of the kernel's runs any more when this is asked.
 */
static int check_inside(const struct unit *u, const char *path, struct err *e)
{
	_cleanup_free_ char *dir = xstrdup(path);
	_cleanup_free_ char *out = realpath(u->out, NULL);
	_cleanup_free_ char *real = NULL;
	size_t n = out ? strlen(out) : 0;
	struct stat st;

	*strrchr(dir, '/') = '\0';
	real = realpath(dir, NULL);
	if (real && out && !strncmp(real, out, n) && (real[n] == '/' || !real[n]) &&
	    (lstat(path, &st) || S_ISREG(st.st_mode)))
		return 0;
	if (!real && lstat(dir, &st))
		return 0; /* not there yet */
	return err_set(e, ERR_UNSAFE,
		       "the build put a link or worse in the place of '%s'", path);
}

int unit_keep(struct unit *u, enum variant which, const char *path, struct err *e)
{
	_cleanup_free_ char *from = path_join(u->out, path);
	_cleanup_free_ char *to = unit_object(u, which, path);
	_cleanup_free_ char *dir = xstrdup(to);

	*strrchr(dir, '/') = '\0';
	if (fsx_mkdirs(dir, e) || fsx_remove(to, e) || check_inside(u, from, e))
		return e->code;
	if (link(from, to))
		return err_set(e, ERR_TOOL, "make ended with 0 and made no '%s'", path);
	return 0;
}

int unit_drop(struct unit *u, const char *path, struct err *e)
{
	_cleanup_free_ char *full = path_join(u->out, path);

	if (check_inside(u, full, e) || fsx_remove(full, e))
		return e->code;
	return 0;
}

static int drop_objects(struct unit *u, struct err *e)
{
	const struct strlist *objects = &u->spec.target->objects;

	for (size_t i = 0; i < objects->n; i++) {
		if (unit_drop(u, objects->v[i], e))
			return e->code;
	}
	return 0;
}

/* A signal or a full disk in a compiler's output is the machine's doing. */
static bool machine_failed(const char *log)
{
	static const char *const signs[] = {
		"No space left on device",  "out of memory",
		"virtual memory exhausted", "Killed signal",
		"Cannot allocate memory",   "Disk quota exceeded",
		"Input/output error"
	};

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
	/* make itself ends with 2; all else is a shell or a sandbox without its program.
	 */
	if ((r->status && r->status != 2) || machine_failed(b->log))
		return err_set(e, ERR_TOOL,
			       "the build of %s was broken by the machine: %.300s",
			       u->spec.target->name, b->log);
	b->ok = !r->status;
	for (size_t i = 0; b->ok && i < objects->n; i++) {
		if (unit_keep(u, which, objects->v[i], e))
			return e->code;
	}
	return 0;
}

/*
 * What the base's build said is kept beside its objects: it depends on nothing
 * but what the unit's name has, so that an edited patch does not ask again. A build
 * that failed is no verdict to keep.
 */
static int keep_base(struct unit *u, const struct unit_build *b, struct err *e)
{
	_cleanup_free_ char *path = path_join(u->spec.dir, "base.json");
	_cleanup_free_ char *text = NULL;
	json_t *j = json_pack("{s:b, s:o, s:s, s:f, s:f, s:i}", "ok", b->ok, "log",
			      json_bytes(b->log, strlen(b->log)), "command", b->command,
			      "wall_s", b->wall_s, "cpu_s", b->cpu_s, "max_rss_kb",
			      (int)b->max_rss_kb);

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
	read = j && !json_unpack(j, "{s:b, s:s, s:s, s:F, s:F, s:i}", "ok", &ok, "log",
				 &log, "command", &command, "wall_s", &b->wall_s, "cpu_s",
				 &b->cpu_s, "max_rss_kb", &rss);
	if (read) {
		b->ok = ok;
		b->max_rss_kb = rss;
		b->log = xstrdup(log);
		b->command = xstrdup(command);
		diags_parse(&b->diags, slice_str(b->log), unit_src_inside(u),
			    u->spec.tree);
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
		rc = b->ok ? keep_base(u, b, e) : 0;
	u->built[which] = !rc;
	return rc;
}
