// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/runtime/kernel.h"

#include <jansson.h>

/* Where the probe is built, in the build directory: the one place that is writable. */
#define PROBE "carry-probe"
/* The kernel's list of the modules that it has built. */
#define ORDER "modules.order"

struct making {
	struct unit *unit;
	const struct conf_runtime *rt;
	enum variant which;
	struct kernel *kernel;
};

void kernel_release(struct kernel *k)
{
	free(k->dir);
	free(k->image);
	free(k->init);
	strvec_release(&k->modules);
	*k = (struct kernel){ 0 };
}

/* The last words of make, where the complaint is. */
static struct slice last_words(const struct buf *out)
{
	struct slice s = slice_trim(buf_slice(out));

	return s.n > 300 ? (struct slice){ s.p + s.n - 300, 300 } : s;
}

static int run_make(struct making *m, const char *what, const char *const *args,
		    struct err *e)
{
	_cleanup_proc_ struct proc_result r = { 0 };
	int rc = unit_make(m->unit, m->which, args, &r, e);

	if (rc)
		return rc;
	m->kernel->cpu_s += r.cpu_s;
	if (r.status)
		return err_set(e, ERR_TOOL,
			       "%s of %s does not build (make ended with %d): %.*s", what,
			       m->which == VARIANT_BASE ? "the base" : "the patched tree",
			       r.status, SLICE_ARG(last_words(&r.out)));
	return 0;
}

/* By the age of the tree a line of that is "a/b.ko", "kernel/a/b.ko" or "a/b.o". */
static char *module_path(struct slice line)
{
	line = slice_trim(line);
	if (slice_starts(line, "kernel/"))
		line = (struct slice){ line.p + 7, line.n - 7 };
	if (slice_ends(line, ".ko"))
		line.n -= 3;
	else if (slice_ends(line, ".o"))
		line.n -= 2;
	return xasprintf("%.*s.ko", SLICE_ARG(line));
}

/* Calls @use with each module that make lists; without a list there is none. */
static int each_module(struct making *m,
		       int (*use)(struct making *m, const char *path, struct err *e),
		       struct err *e)
{
	_cleanup_free_ char *order = path_join(unit_out(m->unit), ORDER);
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct slice rest, line;
	int rc = fsx_read_plain(order, &text, e);

	if (rc == ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	rest = buf_slice(&text);
	while (!rc && slice_line(&rest, &line)) {
		_cleanup_free_ char *path = module_path(line);

		if (!path_is_safe(slice_str(path)))
			return err_set(e, ERR_UNSAFE, ORDER " names '%s'", path);
		rc = use(m, path, e);
	}
	return rc;
}

static int drop_module(struct making *m, const char *path, struct err *e)
{
	return unit_drop(m->unit, path, e);
}

static int keep_module(struct making *m, const char *path, struct err *e)
{
	if (unit_keep(m->unit, m->which, path, e))
		return e->code;
	strvec_push(&m->kernel->modules, path);
	return 0;
}

static int build_image(struct making *m, struct err *e)
{
	const char *args[] = { m->rt->goal, "modules", NULL };

	/* What was put aside is the very file that stands there: never overwritten. */
	if (unit_drop(m->unit, m->rt->image, e) || each_module(m, drop_module, e) ||
	    unit_drop(m->unit, ORDER, e) || run_make(m, "the kernel", args, e) ||
	    unit_keep(m->unit, m->which, m->rt->image, e) ||
	    each_module(m, keep_module, e))
		return e->code;
	m->kernel->image = xstrdup(m->rt->image);
	return 0;
}

static int copy_probe(struct making *m, const char *to, struct err *e)
{
	_cleanup_free_ char *from = path_join(unit_spec(m->unit)->top, m->rt->probe);
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_remove(to, e);

	if (!rc)
		rc = fsx_mkdirs(to, e);
	if (!rc)
		rc = fsx_list(from, &names, e);
	for (size_t i = 0; !rc && i < names.n; i++) {
		_cleanup_free_ char *source = path_join(from, names.v[i]);
		_cleanup_free_ char *copy = path_join(to, names.v[i]);
		_cleanup_buf_ struct buf data = BUF_INIT;

		rc = fsx_read(source, &data, e);
		if (!rc)
			rc = fsx_publish(copy, buf_slice(&data), e);
	}
	return rc ? err_wrap(e, "cannot copy the probe") : 0;
}

static int keep_probe(struct making *m, const char *dir, struct err *e)
{
	_cleanup_strvec_ struct strvec names = { 0 };
	int rc = fsx_list(dir, &names, e);

	for (size_t i = 0; !rc && i < names.n; i++) {
		_cleanup_free_ char *path = path_join(PROBE, names.v[i]);

		if (slice_ends(slice_str(path), ".ko"))
			rc = keep_module(m, path, e);
	}
	if (rc)
		return rc;
	m->kernel->init = xstrdup(PROBE "/init");
	return unit_keep(m->unit, m->which, m->kernel->init, e);
}

/* As an external module, against the very kernel that it will run in. */
static int build_probe(struct making *m, struct err *e)
{
	_cleanup_free_ char *dir = path_join(unit_out(m->unit), PROBE);
	_cleanup_free_ char *var = xasprintf("M=%s/" PROBE, unit_out_inside(m->unit));
	const char *args[] = { var, "modules", NULL };

	if (copy_probe(m, dir, e) || run_make(m, "the probe", args, e) ||
	    keep_probe(m, dir, e))
		return e->code;
	return 0;
}

static char *kept_path(const struct making *m)
{
	return path_join(unit_spec(m->unit)->dir, "kernel.json");
}

static int remember(const struct making *m, const char *probe, struct err *e)
{
	const struct kernel *k = m->kernel;
	_cleanup_free_ char *path = kept_path(m);
	_cleanup_free_ char *text = NULL;
	json_t *modules = json_array(), *doc;

	for (size_t i = 0; i < k->modules.n; i++)
		json_array_append_new(modules, json_string(k->modules.v[i]));
	doc = json_pack("{s:s, s:s, s:s, s:s, s:o}", "probe", probe, "image", k->image,
			"init", k->init, "goal", m->rt->goal, "modules", modules);
	text = doc ? json_dumps(doc, JSON_SORT_KEYS) : NULL;
	json_decref(doc);
	/* A name that is no UTF-8 is not kept: it is built again next time. */
	return text ? fsx_publish(path, slice_str(text), e) : 0;
}

static bool is_kept(const struct making *m, const char *path)
{
	_cleanup_free_ char *full = path_join(m->kernel->dir, path);

	return fsx_exists(full);
}

static bool take_kept(struct making *m, const json_t *doc, const char *probe)
{
	const char *was, *image, *goal, *init;
	struct kernel *k = m->kernel;
	json_t *modules, *path;
	size_t i;

	if (json_unpack((json_t *)doc, "{s:s, s:s, s:s, s:s, s:o}", "probe", &was,
			"image", &image, "goal", &goal, "init", &init, "modules",
			&modules) ||
	    strcmp(was, probe) != 0 || strcmp(image, m->rt->image) != 0 ||
	    strcmp(goal, m->rt->goal) != 0 || !is_kept(m, image) || !is_kept(m, init))
		return false;
	json_array_foreach(modules, i, path)
	{
		const char *name = json_string_value(path);

		if (!name || !is_kept(m, name))
			return false;
		strvec_push(&k->modules, name);
	}
	k->image = xstrdup(image);
	k->init = xstrdup(init);
	return true;
}

/* What was kept of the base; nothing when it is not whole or not of this probe. */
static bool recall(struct making *m, const char *probe)
{
	_cleanup_free_ char *path = kept_path(m);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct err ignored;
	json_t *doc;
	bool taken;

	if (fsx_read(path, &b, &ignored))
		return false;
	doc = json_loadb(b.data, b.len, 0, NULL);
	taken = doc && take_kept(m, doc, probe);
	json_decref(doc);
	if (!taken)
		strvec_release(&m->kernel->modules);
	return taken;
}

int kernel_make(struct unit *u, const struct conf_runtime *rt, const char *probe,
		enum variant which, struct kernel *out, struct err *e)
{
	struct making m = { u, rt, which, out };
	_cleanup_free_ char *path = kept_path(&m);

	*out = (struct kernel){ .dir = unit_object(u, which, ".") };
	if (which == VARIANT_BASE && recall(&m, probe))
		return 0;
	if ((which == VARIANT_BASE && fsx_remove(path, e)) || build_image(&m, e) ||
	    build_probe(&m, e) || (which == VARIANT_BASE && remember(&m, probe, e)))
		return e->code;
	return 0;
}
