// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange/gitseries_ident.h"

#include <stdio.h>
#include <time.h>

/* git writes times in so many seconds; later ones are mistakes. */
#define MAX_TIME ((int64_t)1 << 40)

/* git drops these at the ends of names and cannot hold some of them at all. */
static const char *clean(struct arena *a, struct slice s)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct slice t = slice_trim(s);

	if (t.n > 1 && t.p[0] == '"' && t.p[t.n - 1] == '"') {
		t.p++;
		t.n -= 2;
	}
	for (size_t i = 0; i < t.n; i++) {
		unsigned char c = (unsigned char)t.p[i];

		if (c == '\\' && i + 1 < t.n && (t.p[i + 1] == '"' || t.p[i + 1] == '\\'))
			continue;
		if (c >= ' ' && c != 0x7f && c != '<' && c != '>')
			buf_addc(&b, (char)c);
	}
	t = slice_trim(buf_slice(&b));
	while (t.n && strchr(".,:;\"\\'", t.p[t.n - 1]))
		t.n--;
	while (t.n && strchr(".,:;\"\\'", t.p[0])) {
		t.p++;
		t.n--;
	}
	return arena_dup(a, t.p, t.n);
}

void ident_parse(struct slice s, struct arena *a, struct ident *out)
{
	const char *lt = s.n ? memchr(s.p, '<', s.n) : NULL, *gt = NULL, *open;
	struct slice name = s, mail = { "", 0 };

	if (lt)
		gt = memchr(lt, '>', (size_t)(s.p + s.n - lt));
	open = s.n ? memchr(s.p, '(', s.n) : NULL;
	if (gt) {
		name = (struct slice){ s.p, (size_t)(lt - s.p) };
		mail = (struct slice){ lt + 1, (size_t)(gt - lt - 1) };
	} else if (open && memchr(s.p, '@', (size_t)(open - s.p))) {
		const char *close = memchr(open, ')', (size_t)(s.p + s.n - open));

		mail = (struct slice){ s.p, (size_t)(open - s.p) };
		name = (struct slice){ open + 1,
				       (size_t)((close ? close : s.p + s.n) - open - 1) };
	} else if (s.n && memchr(s.p, '@', s.n)) {
		mail = s;
		name.n = 0;
	}
	out->name = clean(a, name);
	out->mail = clean(a, mail);
}

void ident_write(const char *name, const char *mail, struct buf *out)
{
	bool quote = strpbrk(name, "()<>[]:;@\\,.\"") != NULL;

	if (quote)
		buf_addc(out, '"');
	for (const char *c = name; *c; c++) {
		if (quote && (*c == '"' || *c == '\\'))
			buf_addc(out, '\\');
		buf_addc(out, *c);
	}
	if (quote)
		buf_addc(out, '"');
	buf_addf(out, "%s<%s>", *name ? " " : "", mail);
}

/* "+0200", "-07:00", "Z", "GMT"; nothing is UTC. */
static bool zone_parse(const char *s, int *zone)
{
	unsigned h = 0, m = 0;
	char sign;

	while (*s == ' ')
		s++;
	*zone = 0;
	if (sscanf(s, "%c%2u:%2u", &sign, &h, &m) != 3 &&
	    sscanf(s, "%c%2u%2u", &sign, &h, &m) != 3)
		return !*s || *s == 'Z' || *s == 'U' || *s == 'G' || *s == '(' || *s == '.';
	if ((sign != '+' && sign != '-') || h > 15 || m > 59)
		return false;
	*zone = (int)(h * 60 + m) * (sign == '-' ? -1 : 1);
	return true;
}

bool date_parse(struct slice s, int64_t *time, int *zone)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S", "%d %b %Y %H:%M:%S", "%a %b %d %H:%M:%S %Y",
		"%a, %d %b %Y %H:%M",	 "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
		"%Y-%m-%d %H:%M",	 "%Y-%m-%d",
	};
	_cleanup_free_ char *text = xmemdupz(s.p, s.n);

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);

		if (!end || !zone_parse(end, zone))
			continue;
		*time = (int64_t)timegm(&tm) - *zone * 60;
		return *time >= 0 && *time < MAX_TIME;
	}
	return false;
}

void date_write(int64_t when, int zone, struct buf *out)
{
	time_t t = when + zone * 60;
	int abs = zone < 0 ? -zone : zone;
	char day[64];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(day, sizeof(day), "%a, %e %b %Y %H:%M:%S", &tm);
	/* git writes the day without a blank in front of it. */
	if (day[5] == ' ')
		memmove(day + 5, day + 6, strlen(day + 6) + 1);
	buf_addf(out, "%s %c%02d%02d", day, zone < 0 ? '-' : '+', abs / 60, abs % 60);
}
