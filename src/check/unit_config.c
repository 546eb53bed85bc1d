// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/unit_priv.h"

#include "base/hash.h"
#include "base/map.h"

static int read_list(const struct unit *u, const struct strlist *paths, struct buf *out,
		     struct err *e)
{
	for (size_t i = 0; i < paths->n; i++) {
		_cleanup_free_ char *path = path_join(u->spec.top, paths->v[i]);
		int rc = fsx_read(path, out, e);

		if (rc)
			return rc;
		buf_addc(out, '\n');
	}
	return 0;
}

/* The fragments in the order in which they count: the last one wins. */
static int read_fragments(const struct unit *u, struct buf *out, struct err *e)
{
	const struct unit_spec *s = &u->spec;

	if (read_list(u, &s->config->fragments, out, e) ||
	    read_list(u, &s->arch->fragments, out, e) ||
	    read_list(u, &s->target->fragments, out, e))
		return e->code;
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
	int rc = fsx_read_plain(path, &got, e);

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
			buf_addf(&lost, "%s%s=%.*s (is %.*s)", lost.len ? ", " : "",
				 w->key, SLICE_ARG(asked), SLICE_ARG(is));
	}
	map_release(&want);
	map_release(&have);
	if (lost.len)
		return err_set(e, ERR_CONFLICT,
			       "configuration '%s' did not survive on %s %s: %s",
			       u->spec.config->name, u->spec.target->name,
			       u->spec.arch->name, lost.data);
	return 0;
}

int unit_configure(struct unit *u, struct err *e)
{
	_cleanup_free_ char *path = path_join(u->out, ".carry-fragment");
	_cleanup_free_ char *var =
		xasprintf("KCONFIG_ALLCONFIG=%s/.carry-fragment", unit_out_inside(u));
	const char *args[] = { var, "allnoconfig", NULL };
	_cleanup_buf_ struct buf wanted = BUF_INIT, given = BUF_INIT;
	_cleanup_proc_ struct proc_result r = { 0 };
	char digest[SHA256_HEX];
	const char *was = json_string_value(json_object_get(u->state, "configured"));
	int rc = read_fragments(u, &wanted, e);

	/* What may be lost is asked for, and not looked up afterwards. */
	if (!rc)
		rc = read_list(u, &u->spec.config->optional, &given, e);
	if (rc)
		return rc;
	buf_add_slice(&given, buf_slice(&wanted));
	sha256_of(buf_slice(&given), digest);
	if (was && !strcmp(was, digest))
		return 0;
	rc = fsx_publish(path, buf_slice(&given), e);
	if (rc)
		return rc;
	rc = unit_make_with(u, args, &r, e);
	if (rc)
		return rc;
	if (r.status)
		return err_set(e, ERR_TOOL,
			       "cannot configure %s: make ended with status %d: %.300s",
			       u->spec.target->name, r.status, buf_str(&r.out));
	rc = check_config(u, buf_slice(&wanted), e);
	if (rc)
		return rc;
	json_object_set_new(u->state, "configured", json_string(digest));
	return unit_save_state(u, true, e);
}
