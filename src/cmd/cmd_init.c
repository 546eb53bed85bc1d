// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/utsname.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "cmd/commands.h"
#include "exchange/init.h"

struct values {
	const char *series;
	struct strvec targets, configs, archs;
};

/* The machine's own, as kernels call it. */
static const char *own_arch(struct utsname *u)
{
	if (uname(u))
		return "x86_64";
	return !strcmp(u->machine, "aarch64") ? "arm64" : u->machine;
}

static void show(const struct cmd_env *env, const char *dir, const struct init_plan *plan,
		 const struct init_done *done)
{
	const char *next[] = { "carry", "-C", dir, NULL };
	_cleanup_buf_ struct buf quoted = BUF_INIT;

	vec_each (f, &plan->files) {
		bool stays = strvec_has(&done->kept, f->path);

		fprintf(env->out, "%s/%s%s\n", dir, f->path,
			stays ? ": was there already and is kept" : "");
	}
	if (env->verbosity < 0 || env->dry_run)
		return;
	if (done->resumed)
		fprintf(env->out, "an init that was cut off here is complete now\n");
	proc_quote(&quoted, next);
	fprintf(env->out, "go on with: %s fetch && %s verify -k\n", buf_str(&quoted),
		buf_str(&quoted));
}

static int run(struct cmd_env *env, const void *values, struct err *e)
{
	const struct values *v = values;
	const char *dir = env->argc ? env->argv[0] : ".";
	struct init_spec spec = { .series = v->series,
				  .targets = v->targets,
				  .configs = v->configs,
				  .archs = v->archs };
	_cleanup_strvec_ struct strvec own = { 0 };
	struct init_done done = { 0 };
	struct init_plan plan;
	struct utsname u;
	int rc;

	strvec_push(&own, own_arch(&u));
	if (!spec.archs.n)
		spec.archs = own;
	for (size_t i = 1; i < env->argc; i++)
		strvec_push(&spec.patches, env->argv[i]);
	rc = init_plan(&spec, &plan, e);
	if (!rc && !env->dry_run)
		rc = init_write(dir, &plan, &done, e);
	/* What stands in the way is a mistake of the command line. */
	if (rc == ERR_EXISTS)
		rc = e->code = ERR_USAGE;
	if (!rc)
		show(env, dir, &plan, &done);
	init_release(&plan);
	strvec_release(&done.kept);
	strvec_release(&spec.patches);
	return rc;
}

static const struct opt options[] = {
	OPT_STRING('s', "series", "DIR", HINT_DIR, struct values, series,
		   "adopt the quilt series in DIR"),
	OPT_LIST('t', "target", "NAME[=SOURCE]", HINT_NONE, struct values, targets,
		 "a kernel line; often: the newest first"),
	OPT_LIST('c', "config", "SYMBOL=VALUE", HINT_NONE, struct values, configs,
		 "what the changed files need to be built, as CONFIG_X=y; often"),
	OPT_LIST('a', "arch", "NAME", HINT_NONE, struct values, archs,
		 "x86_64 or arm64 (default: this machine's); often"),
	OPT_END,
};

const struct cmd cmd_init = {
	.name = "init",
	.summary = "make a new repository for a series, with targets chosen",
	.usage = "[options] [DIR [PATCH...]]",
	.options = options,
	.values_size = sizeof(struct values),
	.habits = HABIT_DRY_RUN,
	.place = PLACE_ANYWHERE,
	.max_args = ARGS_ANY,
	.args = HINT_FILE,
	.run = run,
};
