// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/plan.h"

#include "base/fsx.h"
#include "base/map.h"

/* What kernels build their own tools with, when nobody says otherwise. */
#define HOSTCC "gcc"

struct planner {
	struct plan *plan;
	const char *top;
	const struct plan_filter *filter;
	struct toolbox *tools;
	const struct variant_series *newest;
	struct map files; /* path -> digest of a fragment or rule (strings) */
	char *asserts;	  /* digest over all assertions */
};

static void add_list(struct sha256 *h, const char *name, const struct strlist *l)
{
	for (size_t i = 0; i < l->n; i++)
		sha256_field(h, name, slice_str(l->v[i]));
}

static void add_str(struct sha256 *h, const char *name, const char *s)
{
	sha256_field(h, name, slice_str(s ? s : ""));
}

/* Digest of a file of the repository; the text of the error if it cannot be read. */
static const char *repo_file(struct planner *p, const char *path)
{
	void **slot = map_slot(&p->files, slice_str(path));
	char hex[SHA256_HEX];
	struct err e;

	if (!*slot) {
		_cleanup_free_ char *full = path_join(p->top, path);

		*slot = xstrdup(sha256_file(full, hex, &e) ? "missing" : hex);
	}
	return *slot;
}

static void add_files(struct planner *p, struct sha256 *h, const struct strlist *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		add_str(h, "file", repo_file(p, paths->v[i]));
}

static void set_input(struct cell *c, const char *name, const char *digest)
{
	json_object_set_new(c->inputs, name, json_string(digest));
}

static void set_digest(struct cell *c, const char *name, struct sha256 *h)
{
	char hex[SHA256_HEX];

	sha256_hex(h, hex);
	set_input(c, name, hex);
}

static const struct plan_target *target_of(const struct planner *p, const struct cell *c)
{
	return &p->plan->targets.v[c->target];
}

static void input_objects(struct planner *p, struct cell *c)
{
	const struct conf_target *t = target_of(p, c)->conf;
	struct sha256 h;

	sha256_start(&h);
	add_list(&h, "object", &t->objects);
	add_list(&h, "file", &t->files);
	add_list(&h, "handler", &t->handlers);
	set_digest(c, "objects", &h);
}

static void input_checkout(struct planner *p, struct cell *c)
{
	struct sha256 h;

	sha256_start(&h);
	add_list(&h, "path", &p->plan->conf->checkout);
	if (c->runtime)
		add_list(&h, "path", &c->runtime->paths);
	set_digest(c, "checkout", &h);
}

static const char *asserts_digest(struct planner *p)
{
	char hex[SHA256_HEX];
	struct sha256 h;

	if (p->asserts)
		return p->asserts;
	sha256_start(&h);
	vec_each (a, &p->plan->conf->asserts) {
		add_str(&h, "name", a->name);
		add_str(&h, "rule", a->rule ? repo_file(p, a->rule) : "");
		add_str(&h, "macros", a->macros ? repo_file(p, a->macros) : "");
		sha256_field(&h, "over",
			     (struct slice){ (const char *)&a->over, sizeof(a->over) });
		add_str(&h, "mention", a->mention);
		add_str(&h, "bindings", a->bindings);
		add_str(&h, "site", a->site);
		sha256_field(&h, "mask",
			     (struct slice){ (const char *)&a->mask, sizeof(a->mask) });
		add_list(&h, "require", &a->require);
		add_list(&h, "lock", &a->locks);
	}
	sha256_hex(&h, hex);
	return p->asserts = xstrdup(hex);
}

/* A program's digest, or the cell's end: a key of a skip holds what was missing. */
static void input_tool(struct planner *p, struct cell *c, const char *program)
{
	_cleanup_free_ char *name = xasprintf("tool:%s", program);
	char hex[SHA256_HEX];
	struct err e = { 0 };

	if (!toolbox_digest(p->tools, program, hex, &e)) {
		set_input(c, name, hex);
		return;
	}
	set_input(c, name, "missing");
	if (e.code == ERR_NOTFOUND)
		verdict_say(&c->planned, VERDICT_SKIP, "'%s' is not installed", program);
	else
		verdict_say(&c->planned, VERDICT_ERROR, "%s", e.msg);
}

/* Kernels call ld themselves; gas and ld of the arch serve clang as well. */
static void input_binutils(struct planner *p, struct cell *c)
{
	const char *cross = c->arch->cross ? c->arch->cross : "";
	_cleanup_free_ char *ld = xasprintf("%sld", cross);
	_cleanup_free_ char *as = xasprintf("%sas", cross);

	input_tool(p, c, ld);
	if (*cross && c->toolchain->family == FAMILY_CLANG)
		input_tool(p, c, as);
}

static void input_configuration(struct planner *p, struct cell *c)
{
	struct sha256 h;

	sha256_start(&h);
	add_files(p, &h, &c->config->fragments);
	if (!c->runtime)
		add_files(p, &h, &c->arch->fragments);
	add_files(p, &h, &target_of(p, c)->conf->fragments);
	add_list(&h, "lock", &c->config->locks);
	if (c->config->optional.n) {
		add_str(&h, "optional", "");
		add_files(p, &h, &c->config->optional);
	}
	set_digest(c, "configuration", &h);
}

static void input_unit(struct planner *p, struct cell *c)
{
	_cleanup_free_ char *cc = NULL;
	struct sha256 h;

	sha256_start(&h);
	add_str(&h, "make", c->arch->make);
	add_str(&h, "cross", c->arch->cross);
	set_digest(c, "arch", &h);
	input_configuration(p, c);
	if (c->toolchain->family == FAMILY_GCC && c->arch->cross)
		cc = xasprintf("%s%s", c->arch->cross, c->toolchain->cc);
	input_tool(p, c, cc ? cc : c->toolchain->cc);
	input_binutils(p, c);
	input_tool(p, c, "make");
	input_tool(p, c, HOSTCC);
}

/* Every file of the probe's directory; a missing one leaves the names of none. */
static void input_probe(struct planner *p, struct cell *c)
{
	_cleanup_free_ char *dir = path_join(p->top, c->runtime->probe);
	_cleanup_strvec_ struct strvec names = { 0 };
	struct sha256 h;
	struct err ignored;

	sha256_start(&h);
	if (fsx_list(dir, &names, &ignored))
		add_str(&h, "missing", dir);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *path = path_join(c->runtime->probe, names.v[i]);

		add_str(&h, "name", names.v[i]);
		add_str(&h, "file", repo_file(p, path));
	}
	set_digest(c, "probe", &h);
}

static void input_runtime(struct planner *p, struct cell *c)
{
	const struct conf_runtime *rt = c->runtime;
	struct sha256 h;

	sha256_start(&h);
	add_str(&h, "image", rt->image);
	add_str(&h, "goal", rt->goal);
	add_str(&h, "append", rt->append);
	add_list(&h, "arg", &rt->args);
	add_list(&h, "shows", &rt->shows);
	set_digest(c, "boot", &h);
	input_probe(p, c);
	input_tool(p, c, rt->emulator);
}

static void fill_inputs(struct planner *p, struct cell *c)
{
	const struct plan_target *t = target_of(p, c);
	unsigned in = c->spec->inputs;
	char version[32];

	snprintf(version, sizeof(version), "%u", c->spec->version);
	set_input(c, "checker", version);
	set_input(c, "base", t->tree ? t->tree : "missing");
	if (in & INPUT_CHANGES)
		set_input(c, "changes", t->variant ? t->variant->changes : "missing");
	if (in & INPUT_HEADERS)
		set_input(c, "patches", t->variant ? t->variant->bytes : "missing");
	if (in & INPUT_NEWEST)
		set_input(c, "newest", p->newest ? p->newest->bytes : "missing");
	if (in & INPUT_OBJECTS)
		input_objects(p, c);
	if (in & INPUT_ASSERTS)
		set_input(c, "assertions", asserts_digest(p));
	if (in & INPUT_CHECKOUT)
		input_checkout(p, c);
	if (c->arch)
		input_unit(p, c);
	if (c->runtime)
		input_runtime(p, c);
	for (const char *const *tool = c->spec->tools; tool && *tool; tool++)
		input_tool(p, c, *tool);
}

static void decide_early(struct planner *p, struct cell *c)
{
	const struct plan_target *t = target_of(p, c);

	if (!t->tree)
		verdict_say(&c->planned, t->conf->required ? VERDICT_ERROR : VERDICT_SKIP,
			    "%s", t->reason ? t->reason : "there is no base");
	else if (!t->variant)
		verdict_say(&c->planned, VERDICT_ERROR, "%s", t->variant_reason);
}

/* Over the inputs in the order of their names: jansson gives them sorted. */
static void make_key(struct cell *c)
{
	_cleanup_free_ char *text = json_dumps(c->inputs, JSON_SORT_KEYS | JSON_COMPACT);
	struct sha256 h;

	sha256_start(&h);
	sha256_field(&h, "cell", slice_str(c->id));
	sha256_field(&h, "inputs", slice_str(text));
	sha256_hex(&h, c->key);
}

/* @c has target, check, and what else it is a cell of. */
static void add_cell(struct planner *p, struct cell c)
{
	const char *t = p->plan->targets.v[c.target].conf->name;

	c.id = xasprintf("%s/%s/%s/%s/%s", t, c.arch ? c.arch->name : "-",
			 c.toolchain ? c.toolchain->name : "-",
			 c.config ? c.config->name : "-", c.spec->name);
	c.inputs = json_object();
	verdict_init(&c.planned);
	decide_early(p, &c);
	fill_inputs(p, &c);
	make_key(&c);
	vec_push(&p->plan->cells, c);
}

static bool is_booted(const struct conf *conf, const struct conf_target *t)
{
	vec_each (rt, &conf->runtimes) {
		if (strlist_allows(&rt->targets, t->name))
			return true;
	}
	return false;
}

static bool wanted(const struct planner *p, const struct check_spec *spec,
		   const struct conf_target *t)
{
	const struct conf_check *cc = conf_check(p->plan->conf, spec->name);

	if (spec->asked && !spec->asked(p->plan->conf))
		return false;
	if (cc && (!cc->enabled || !strlist_allows(&cc->targets, t->name)))
		return false;
	if (cc && cc->when == CHECK_ASKED && !p->filter->unasked &&
	    !strlist_has(&p->filter->checks, spec->name))
		return false;
	if (spec->scope == SCOPE_RUNTIME && !is_booted(p->plan->conf, t))
		return false;
	return strlist_allows(&p->filter->checks, spec->name);
}

static bool unit_allowed(const struct planner *p, const struct check_spec *spec,
			 const struct conf_arch *a, const struct conf_toolchain *t,
			 const struct conf_config *c)
{
	const struct conf_check *cc = conf_check(p->plan->conf, spec->name);
	const struct plan_filter *f = p->filter;

	if (!strlist_allows(&f->archs, a->name) ||
	    !strlist_allows(&f->toolchains, t->name) ||
	    !strlist_allows(&f->configs, c->name))
		return false;
	if (!strlist_allows(&c->archs, a->name) ||
	    !strlist_allows(&c->toolchains, t->name))
		return false;
	return !cc || (strlist_allows(&cc->archs, a->name) &&
		       strlist_allows(&cc->toolchains, t->name) &&
		       strlist_allows(&cc->configs, c->name));
}

/* The cells of @target with that arch, toolchain and configuration. */
static void add_unit(struct planner *p, size_t target, const struct cell *unit,
		     const struct check_spec *const *specs, size_t nspecs)
{
	enum check_scope scope = unit->runtime ? SCOPE_RUNTIME : SCOPE_UNIT;

	for (size_t i = 0; i < nspecs; i++) {
		struct cell c = *unit;

		c.target = target;
		c.spec = specs[i];
		if (specs[i]->scope == scope &&
		    wanted(p, specs[i], p->plan->targets.v[target].conf) &&
		    unit_allowed(p, specs[i], c.arch, c.toolchain, c.config))
			add_cell(p, c);
	}
}

static void add_configs(struct planner *p, size_t target, struct cell *unit,
			const struct check_spec *const *specs, size_t nspecs)
{
	const struct conf *conf = p->plan->conf;
	const struct conf_target *t = p->plan->targets.v[target].conf;

	unit->runtime = NULL;
	for (size_t c = 0; c < t->configs.n; c++) {
		unit->config = conf_config(conf, t->configs.v[c]);
		add_unit(p, target, unit, specs, nspecs);
	}
	vec_each (rt, &conf->runtimes) {
		unit->runtime = rt;
		unit->config = &rt->config;
		if (strlist_allows(&rt->targets, t->name))
			add_unit(p, target, unit, specs, nspecs);
	}
}

static void add_units(struct planner *p, size_t target,
		      const struct check_spec *const *specs, size_t nspecs)
{
	const struct conf *conf = p->plan->conf;
	const struct conf_target *t = p->plan->targets.v[target].conf;

	for (size_t a = 0; a < t->archs.n; a++) {
		for (size_t l = 0; l < t->toolchains.n; l++) {
			struct cell unit = {
				.arch = conf_arch(conf, t->archs.v[a]),
				.toolchain = conf_toolchain(conf, t->toolchains.v[l]),
			};

			add_configs(p, target, &unit, specs, nspecs);
		}
	}
}

static void add_target(struct planner *p, size_t target,
		       const struct check_spec *const *specs, size_t nspecs)
{
	const struct plan_target *t = &p->plan->targets.v[target];

	for (size_t i = 0; i < nspecs; i++) {
		/* A line without a base shows each check once, with the reason. */
		if ((specs[i]->scope == SCOPE_TARGET || !t->tree) &&
		    wanted(p, specs[i], t->conf))
			add_cell(p, (struct cell){ .target = target, .spec = specs[i] });
	}
	if (t->tree)
		add_units(p, target, specs, nspecs);
}

void plan_make(struct plan *plan, const char *top, const struct check_spec *const *specs,
	       size_t nspecs, const struct plan_filter *filter, struct toolbox *tools)
{
	struct planner p = { .plan = plan, .top = top, .filter = filter, .tools = tools };

	vec_each (t, &plan->targets) {
		if (!strcmp(t->conf->name, plan->conf->newest))
			p.newest = t->variant;
	}
	for (size_t i = 0; i < plan->targets.n; i++) {
		if (strlist_allows(&filter->targets, plan->targets.v[i].conf->name))
			add_target(&p, i, specs, nspecs);
	}
	map_each(f, &p.files) free(f->value);
	map_release(&p.files);
	free(p.asserts);
}

static void cell_release(struct cell *c)
{
	free(c->id);
	json_decref(c->inputs);
	verdict_release(&c->planned);
}

void plan_keep(struct plan *plan, bool (*keep)(void *arg, const struct cell *c), void *arg)
{
	size_t n = 0;

	vec_each (c, &plan->cells) {
		if (keep(arg, c))
			plan->cells.v[n++] = *c;
		else
			cell_release(c);
	}
	plan->cells.n = n;
}

void plan_release(struct plan *plan)
{
	vec_each (c, &plan->cells)
		cell_release(c);
	vec_release(&plan->cells);
	vec_release(&plan->targets);
}

/* What checks add to the directory's own inputs is taken away again. */
static json_t *unit_inputs(const struct cell *cell)
{
	static const char *const own[] = { "base", "objects", "checkout", "arch",
					   "configuration" };
	json_t *in = json_object(), *digest;
	const char *name;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		json_object_set(in, own[i], json_object_get(cell->inputs, own[i]));
	json_object_foreach(cell->inputs, name, digest)
	{
		if (!strncmp(name, "tool:", 5))
			json_object_set(in, name, digest);
	}
	for (const char *const *t = cell->spec->tools; t && *t; t++) {
		_cleanup_free_ char *tool = xasprintf("tool:%s", *t);

		json_object_del(in, tool);
	}
	if (cell->runtime) {
		_cleanup_free_ char *tool =
			xasprintf("tool:%s", cell->runtime->emulator);

		json_object_del(in, tool);
	}
	return in;
}

void plan_unit_digest(const struct plan *plan, const struct cell *cell,
		      char hex[static SHA256_HEX])
{
	json_t *in = unit_inputs(cell);
	_cleanup_free_ char *text = json_dumps(in, JSON_SORT_KEYS | JSON_COMPACT);
	struct sha256 h;

	json_decref(in);
	sha256_start(&h);
	sha256_field(&h, "target", slice_str(plan->targets.v[cell->target].conf->name));
	sha256_field(&h, "unit", slice_str(text));
	sha256_hex(&h, hex);
}
