// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/record.h"

#include <time.h>

void record_time(time_t t, char out[static 21])
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static json_t *name_or_null(const char *name)
{
	return name ? json_string(name) : json_null();
}

static json_t *tool_versions(const struct cell *cell, struct toolbox *tools)
{
	json_t *versions = json_object(), *digest;
	const char *name;

	json_object_foreach(cell->inputs, name, digest)
	{
		const char *version;

		if (strncmp(name, "tool:", 5) != 0)
			continue;
		version = toolbox_version(tools, name + 5);
		json_object_set_new(versions, name + 5,
				    version ? json_bytes(version, strlen(version))
					    : json_null());
	}
	return versions;
}

static void set_text(json_t *doc, const char *name, const char *text)
{
	json_object_set_new(doc, name,
			    text ? json_bytes(text, strlen(text)) : json_null());
}

json_t *record_make(const struct plan *plan, const struct cell *cell,
		    const struct verdict *v, struct toolbox *tools)
{
	const struct plan_target *t = &plan->targets.v[cell->target];
	json_t *doc = json_object();
	char seen[21];

	record_time(time(NULL), seen);
	json_object_set_new(doc, "schema", json_string("carry.evidence/1"));
	json_object_set_new(doc, "cell", json_string(cell->id));
	json_object_set_new(doc, "key", json_string(cell->key));
	json_object_set_new(doc, "seen", json_string(seen));
	json_object_set_new(doc, "target", json_string(t->conf->name));
	json_object_set_new(doc, "base", name_or_null(t->provenance));
	json_object_set_new(doc, "check", json_string(cell->spec->name));
	json_object_set_new(doc, "arch",
			    name_or_null(cell->arch ? cell->arch->name : NULL));
	json_object_set_new(doc, "toolchain",
			    name_or_null(cell->toolchain ? cell->toolchain->name : NULL));
	json_object_set_new(doc, "config",
			    name_or_null(cell->config ? cell->config->name : NULL));
	json_object_set_new(doc, "status", json_string(verdict_name(v->status)));
	set_text(doc, "reason", v->status == VERDICT_PASS ? NULL : v->reason);
	set_text(doc, "command", v->command);
	json_object_set(doc, "findings", v->findings);
	json_object_set(doc, "facts", v->facts);
	json_object_set(doc, "inputs", cell->inputs);
	json_object_set_new(doc, "tools", tool_versions(cell, tools));
	json_object_set_new(doc, "cost",
			    json_pack("{s:f, s:f, s:I}", "wall_s", v->wall_s, "cpu_s",
				      v->cpu_s, "max_rss_kb", (json_int_t)v->max_rss_kb));
	return doc;
}

json_t *record_changes(const json_t *doc, const struct cell *cell)
{
	const json_t *was = json_object_get(doc, "inputs");
	json_t *changed = json_array(), *digest;
	const char *name;

	json_object_foreach(cell->inputs, name, digest)
	{
		if (!json_equal(digest, json_object_get(was, name)))
			json_array_append_new(changed, json_string(name));
	}
	json_object_foreach((json_t *)was, name, digest)
	{
		if (!json_object_get(cell->inputs, name))
			json_array_append_new(changed, json_string(name));
	}
	return changed;
}
