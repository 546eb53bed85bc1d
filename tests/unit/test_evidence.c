// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fsx.h"
#include "store/evidence.h"

struct place {
	char *top, *state, *cache;
	struct evidence_store *store;
};

static void reopen(struct place *p)
{
	struct err e = { 0 };

	evidence_close(p->store);
	p->store = NULL;
	assert_int_equal(evidence_open(p->state, p->cache, &p->store, &e), 0);
}

static int setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	struct err e;

	if (fsx_tmpdir("/tmp", "carry-test", &p->top, &e))
		return -1;
	p->state = path_join(p->top, "state");
	p->cache = path_join(p->top, "cache");
	*state = p;
	reopen(p);
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	struct err e;
	int rc;

	evidence_close(p->store);
	rc = fsx_remove(p->top, &e);
	free(p->top);
	free(p->state);
	free(p->cache);
	free(p);
	return rc;
}

static void put(struct place *p, const char *key, const char *seen, const char *status,
		char hash[static SHA256_HEX])
{
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s}", "key", key, "cell", "t/-/-/-/c",
				"seen", seen, "status", status);
	struct err e = { 0 };

	assert_int_equal(evidence_put(p->store, doc, SLICE("the log"), hash, &e), 0);
	json_decref(doc);
}

static void assert_status(struct place *p, const char *key, const char *status)
{
	json_t *doc;
	struct err e = { 0 };

	assert_int_equal(evidence_by_key(p->store, key, &doc, &e), 0);
	if (!status) {
		assert_null(doc);
		return;
	}
	assert_non_null(doc);
	assert_string_equal(json_string_value(json_object_get(doc, "status")), status);
	json_decref(doc);
}

static void the_newest_answers(void **state)
{
	struct place *p = *state;
	char hash[SHA256_HEX];

	put(p, "k1", "2026-01-02T00:00:00Z", "pass", hash);
	put(p, "k1", "2026-01-01T00:00:00Z", "error", hash);
	assert_status(p, "k1", "pass");
	assert_status(p, "k2", NULL);
}

static void the_log_comes_back(void **state)
{
	struct place *p = *state;
	_cleanup_buf_ struct buf b = BUF_INIT;
	char hash[SHA256_HEX];
	struct err e = { 0 };
	json_t *doc;

	put(p, "k1", "2026-01-01T00:00:00Z", "pass", hash);
	assert_int_equal(evidence_by_key(p->store, "k1", &doc, &e), 0);
	assert_int_equal(evidence_log(p->store,
				      json_string_value(json_object_get(doc, "log")), &b,
				      &e),
			 0);
	assert_string_equal(b.data, "the log");
	assert_int_equal(evidence_log(p->store, "../../etc/passwd", &b, &e), ERR_USAGE);
	json_decref(doc);
}

/* The cache can be deleted, or broken, at any time. */
static void the_index_is_made_again(void **state)
{
	struct place *p = *state;
	_cleanup_free_ char *index = path_join(p->cache, "index.db");
	char hash[SHA256_HEX];
	struct err e = { 0 };

	put(p, "k1", "2026-01-01T00:00:00Z", "pass", hash);
	evidence_close(p->store);
	p->store = NULL;
	assert_int_equal(fsx_remove(p->cache, &e), 0);
	reopen(p);
	assert_status(p, "k1", "pass");

	evidence_close(p->store);
	p->store = NULL;
	assert_int_equal(
		fsx_publish(index, SLICE("this is no database, however long it is"), &e),
		0);
	reopen(p);
	assert_status(p, "k1", "pass");
}

/* A file that is not what its name says was tampered with or cut: no evidence. */
static void changed_evidence_does_not_count(void **state)
{
	struct place *p = *state;
	_cleanup_free_ char *path = NULL;
	char hash[SHA256_HEX];
	struct err e = { 0 };

	put(p, "k1", "2026-01-01T00:00:00Z", "fail", hash);
	path = xasprintf("%s/evidence/%.2s/%s.json", p->state, hash, hash + 2);
	assert_int_equal(
		fsx_publish(path, SLICE("{\"key\": \"k1\", \"status\": \"pass\"}"), &e),
		0);
	assert_status(p, "k1", NULL);
}

static void two_stores_see_each_other(void **state)
{
	struct place *p = *state;
	struct evidence_store *first = p->store;
	char hash[SHA256_HEX];

	p->store = NULL;
	reopen(p);
	put(p, "k1", "2026-01-01T00:00:00Z", "pass", hash);
	{
		struct place other = { .store = first };

		assert_status(&other, "k1", "pass");
	}
	evidence_close(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_newest_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(the_log_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(the_index_is_made_again, setup, teardown),
		cmocka_unit_test_setup_teardown(changed_evidence_does_not_count, setup,
						teardown),
		cmocka_unit_test_setup_teardown(two_stores_see_each_other, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
