// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runtime: a kernel of the base and one of the patched tree are built, booted in an
 * emulator, and asked by a probe. What the series is to bring must be seen with it,
 * and only with it: the base is the control in the same cell.
 *
 * Which kernel, which probe and which emulator is data, in a [runtime] section. A boot
 * that does not end with its total has shown nothing: an error, whatever came before.
 */
#include "check/cache.h"
#include "check/check.h"
#include "check/runtime/boot.h"
#include "check/runtime/judge.h"

#define MAKE_TIMEOUT 3600
#define BOOT_TIMEOUT 300

struct runtime {
	const struct check_run *run;
	const struct conf_runtime *rt;
	struct verdict *v;
	struct conf_arch arch; /* without fragments: the configuration is whole */
	char *tree, *dir;      /* of the unit */
	struct unit *unit;
	struct buf log;
};

static int open_unit(struct runtime *r, struct err *e)
{
	const struct check_run *run = r->run;
	const struct check_env *env = run->env;
	const struct cell *c = run->cell;
	struct unit_spec spec = { .top = env->top,
				  .target = run->target->plan->conf,
				  .arch = &r->arch,
				  .toolchain = c->toolchain,
				  .config = c->config,
				  .files = run->target->files,
				  .nfiles = run->target->nfiles,
				  .no_sandbox = env->no_sandbox,
				  .timeout_s = check_timeout(run, MAKE_TIMEOUT),
				  .slots = env->slots,
				  .cancel = env->cancel };
	int rc = check_tree(run->target, r->rt, &r->tree, e);

	if (rc)
		return rc;
	r->arch = *c->arch;
	r->arch.fragments = (struct strlist){ 0 };
	r->dir = cache_unit_dir(env->cache, env->plan, c);
	spec.dir = r->dir;
	spec.tree = r->tree;
	return unit_open(&spec, &r->unit, e);
}

/* Boots it and reads what it said; the console goes into the log whatever came of it. */
static int boot(struct runtime *r, const struct kernel *k, const char *what,
		struct console *said, struct err *e)
{
	const struct boot_spec spec = {
		.rt = r->rt,
		.kernel = k,
		.no_sandbox = r->run->env->no_sandbox,
		.timeout_s = r->rt->timeout_s ? r->rt->timeout_s : BOOT_TIMEOUT,
		.cancel = r->run->env->cancel,
	};
	struct boot b;
	int rc = boot_run(&spec, &b, e);

	buf_addf(&r->log, "== %s: %s\n", what, b.command ? b.command : "");
	buf_add_slice(&r->log, buf_slice(&b.console));
	buf_addc(&r->log, '\n');
	free(r->v->command);
	r->v->command = TAKE(b.command);
	if (!rc)
		rc = console_parse(buf_slice(&b.console), said, e);
	boot_release(&b);
	return rc ? err_wrap(e, "the boot of %s", what) : 0;
}

static int try_variant(struct runtime *r, enum variant which, struct console *said,
		       struct err *e)
{
	const char *probe =
		json_string_value(json_object_get(r->run->cell->inputs, "probe"));
	struct kernel k;
	int rc = kernel_make(r->unit, r->rt, probe, which, &k, e);

	r->v->cpu_s += k.cpu_s;
	if (!rc)
		rc = boot(r, &k, which == VARIANT_BASE ? "the base" : "the patched tree",
			  said, e);
	kernel_release(&k);
	return rc;
}

static void run(const struct check_run *run, struct verdict *v)
{
	struct runtime r = { .run = run, .rt = run->cell->runtime, .v = v };
	struct console base = { 0 }, patched = { 0 };
	struct err e = { 0 };

	if (open_unit(&r, &e) || try_variant(&r, VARIANT_BASE, &base, &e) ||
	    try_variant(&r, VARIANT_PATCHED, &patched, &e))
		check_broken(v, &e);
	else
		runtime_judge(r.rt, &base, &patched, v);
	v->log = buf_take(&r.log);
	console_release(&base);
	console_release(&patched);
	unit_close(r.unit);
	free(r.tree);
	free(r.dir);
}

static bool asked(const struct conf *conf)
{
	return conf->runtimes.n;
}

const struct checker checker_runtime = {
	.spec = { .name = "runtime",
		  .usual_s = 300,
		  .version = 1,
		  .scope = SCOPE_RUNTIME,
		  .inputs = INPUT_CHANGES | INPUT_CHECKOUT,
		  .asked = asked },
	.run = run,
	.needs_target = true,
};
