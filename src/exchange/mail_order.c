// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/mail_order.h"

/* A reply that is the only mail may be an offer of a patch inside a discussion. */
static bool is_candidate(const struct mailbox *box, const struct mail *m)
{
	if (m->mark.reply)
		return box->mails.n == 1 && m->has_diff;
	return m->has_diff || (m->mark.patch && m->mark.numbered && !m->mark.n);
}

static void pass_over(struct mail_series *out, const struct mail *m)
{
	strvec_pushf(&out->notes, "%s: passed over, %s: %s", m->source,
		     m->mark.reply ? "a reply" : "it has no patch", m->subject);
}

static bool same_mail(const struct mail *a, const struct mail *b)
{
	return (*a->id && !strcmp(a->id, b->id)) ||
	       (!strcmp(a->subject, b->subject) && slice_eq(a->message, b->message) &&
		slice_eq(a->patch, b->patch));
}

/* Lists deliver twice what was sent to two of them. */
static bool seen(const struct mail_series *out, const struct mail *m)
{
	vec_each (p, &out->patches) {
		if (same_mail(*p, m))
			return true;
	}
	return out->cover && same_mail(out->cover, m);
}

static int take(const struct mail *m, struct mail_series *out, struct err *e)
{
	bool cover = !m->has_diff;

	if (seen(out, m)) {
		strvec_pushf(&out->notes, "%s: passed over, it is there twice: %s",
			     m->source, m->subject);
		return 0;
	}
	if (cover && out->cover)
		return err_set(e, ERR_INPUT,
			       "%s: a second cover letter: the mails of two series? take "
			       "one at a time",
			       m->source);
	if (cover)
		out->cover = m;
	else
		vec_push(&out->patches, m);
	return 0;
}

/* More than one version: which one, only the person can say. */
static int check_version(const struct mailbox *box, const struct mail_pick *pick,
			 struct err *e)
{
	const struct mail *first = NULL;

	vec_each (it, &box->mails) {
		const struct mail *m = *it;

		if (!is_candidate(box, m) || pick->version)
			continue;
		if (first && first->mark.version != m->mark.version)
			return err_set(
				e, ERR_INPUT,
				"%s: '%s' is of version %u, while '%s' is of version "
				"%u: give --revision=N for the one to take",
				m->source, m->subject, m->mark.version, first->subject,
				first->mark.version);
		first = first ? first : m;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct mail *x = *(const struct mail *const *)a;
	const struct mail *y = *(const struct mail *const *)b;

	return x->mark.n < y->mark.n ? -1 : x->mark.n > y->mark.n;
}

/* Mails without numbers keep their order; with them all must have one of one series. */
static int check_numbers(const struct mail_series *s, bool *numbered, struct err *e)
{
	const struct mail *first = s->patches.v[0];

	*numbered = first->mark.numbered;
	vec_each (it, &s->patches) {
		const struct mail *m = *it;

		if (m->mark.numbered != *numbered)
			return err_set(e, ERR_INPUT,
				       "%s: '%s' and '%s' are of one series only if both "
				       "have numbers or none: import them one at a time",
				       m->source, m->subject, first->subject);
		if (m->mark.m != first->mark.m)
			return err_set(
				e, ERR_INPUT,
				"%s: '%s' and '%s' are of two series: import them one "
				"at a time",
				m->source, m->subject, first->subject);
	}
	if (s->cover && s->cover->mark.m != first->mark.m)
		return err_set(e, ERR_INPUT,
			       "%s: the cover letter announces %u patches, '%s' is of %u",
			       s->cover->source, s->cover->mark.m, first->subject,
			       *numbered ? first->mark.m : 1);
	return 0;
}

static void name_missing(const struct mail_series *s, struct buf *out)
{
	unsigned want = 1, m = s->patches.v[0]->mark.m;

	for (size_t i = 0; i <= s->patches.n; i++) {
		unsigned has = i < s->patches.n ? s->patches.v[i]->mark.n : m + 1;

		for (; want < has && out->len < 200; want++)
			buf_addf(out, "%s%u/%u", out->len ? ", " : "", want, m);
		want = has + 1;
	}
}

static int check_complete(const struct mail_series *s, const struct mail_pick *pick,
			  struct err *e)
{
	_cleanup_buf_ struct buf missing = BUF_INIT;

	for (size_t i = 1; i < s->patches.n; i++) {
		const struct mail *a = s->patches.v[i - 1], *b = s->patches.v[i];

		if (a->mark.n == b->mark.n)
			return err_set(
				e, ERR_INPUT,
				"%s: two different mails are patch %u/%u: '%s' and "
				"'%s'",
				b->source, b->mark.n, b->mark.m, a->subject, b->subject);
	}
	name_missing(s, &missing);
	if (!missing.len || pick->partial)
		return 0;
	return err_set(
		e, ERR_INPUT,
		"%s: of the series, %s is missing: obtain it, or give --partial to "
		"take what is there",
		s->patches.v[0]->source, missing.data);
}

int mail_order(const struct mailbox *box, const struct mail_pick *pick,
	       struct mail_series *out, struct err *e)
{
	bool numbered;
	int rc;

	*out = (struct mail_series){ 0 };
	rc = check_version(box, pick, e);
	vec_each (it, &box->mails) {
		const struct mail *m = *it;

		if (rc)
			return rc;
		if (!is_candidate(box, m))
			pass_over(out, m);
		else if (!pick->version || m->mark.version == pick->version)
			rc = take(m, out, e);
	}
	if (rc)
		return rc;
	if (!out->patches.n)
		return err_set(e, ERR_INPUT, "there is no patch in the mails%s",
			       pick->version ? " of that version" : "");
	rc = check_numbers(out, &numbered, e);
	if (rc || !numbered)
		return rc;
	qsort(out->patches.v, out->patches.n, sizeof(out->patches.v[0]), by_number);
	return check_complete(out, pick, e);
}

void mail_series_release(struct mail_series *s)
{
	vec_release(&s->patches);
	strvec_release(&s->notes);
}
