// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/lint.h"

#define E FINDING_ERROR
#define W FINDING_WARNING

const struct lint_rule lint_rules[] = {
	{ "no-author", E, "no From", "say who wrote the change: From: Name <address>" },
	{ "bad-author", E, "a From without <address>", "write it as Name <address>" },
	{ "no-subject", E, "no Subject", "say what the change does" },
	{ "no-reason", E, "a message without a word of prose",
	  "say why the change is made" },
	{ "empty", E, "a patch that changes nothing", "drop it from the series" },
	{ "not-utf8", E, "bytes in the header that are not UTF-8",
	  "convert the header: iconv -f latin1 -t utf-8" },
	{ "crlf", E, "lines of the header that end in CRLF",
	  "let them end in LF; the diff may have to keep its CRLF" },
	{ "control", E, "control characters in the header", "take them out" },
	{ "bad-encoded-word", W, "an encoded word that cannot be decoded",
	  "write the text in UTF-8" },
	{ "bad-trailer", E, "a credit without <address>", "write it as Name <address>" },
	{ "bad-recipient", E, "a Cc or To that no mail can reach",
	  "write it as Name <name@domain>" },
	{ "sign-off", FINDING_OWED, "no Signed-off-by at all",
	  "the sender gives it when the patch is sent" },
	{ "author-sign-off", W, "sign-offs, but none of the author",
	  "ask the author; never write it for him" },
	{ "co-developed", E,
	  "Co-developed-by without the same person's sign-off behind it",
	  "put that person's Signed-off-by into the next line, if it was given" },
	{ "lost-sign-off", E, "a sign-off of the original that is gone or moved",
	  "put the chain back, in its order" },
	{ "lost-credit", W, "a credit of the original that is gone", "put it back" },
	{ "foreign-credit", E, "a credit that the newest line's patch does not have",
	  "drop it, or add it there if it was given to the change" },
	{ "no-note", E, "a patch that differs from its original without a word",
	  "say in a note before your sign-off: [ line: what was changed and why ]" },
	{ "only-here", W, "a patch that the newest line does not have",
	  "add it there, or say in a [ … ] note, by name, why the line needs none" },
	{ "missing-newer", W, "a patch that a newer line does not have",
	  "add it there, or say in a [ … ] note, by name, why the line needs none" },
	{ "two-upstreams", E, "two different upstream commits",
	  "keep the one that it is" },
	{ "short-id", W, "an upstream commit by less than 40 digits", "write all 40" },
	{ "standing-contradicts", E, "in upstream by one line, not by another",
	  "keep the one that is true" },
	{ "bad-commit-ref", W,
	  "a Fixes or Stable-dep-of that is not <12 digits> (\"title\")",
	  "write it so: git log -1 --abbrev=12 --format='%h (\"%s\")'" },
	{ "suse-standing", E, "a Patch-mainline that is no version and no known word",
	  "Queued, Submitted, Not yet or Never with a reason, or the version with the commit" },
	{ "suse-commit", E, "a Patch-mainline that does not fit Git-commit and Git-repo",
	  "a version wants Git-commit alone, Queued both, the others none" },
	{ "dep3-date", E, "a Last-Update that is no YYYY-MM-DD", "write it so" },
	{ "unknown-upstream", E, "an upstream commit that the repository does not have",
	  "correct the id, or fetch: the repository may be old or shallow" },
	{ "unknown-commit", W,
	  "a commit named by a trailer that the repository does not have",
	  "correct the id, or fetch: the repository may be old or shallow" },
	{ "title-differs", E, "a Subject that is not the upstream commit's",
	  "keep upstream's title" },
	{ "ref-title", W, "a title behind an id that is not that commit's",
	  "correct the id or the title" },
	{ "author-differs", E, "an author who is not the upstream commit's",
	  "keep upstream's author" },
	{ "no-recipient", W, "a series that nobody of MAINTAINERS answers for",
	  "find out who takes it, and name him: carry send --to" },
	{ "no-series", FINDING_NOTE, "a line of carry.conf without a series",
	  "carry target add or carry port makes one" },
	{ "dialect-needs", E, "something that the dialect of --as demands",
	  "add it to the patch: an export does not invent it" },
	{ "dialect-loses", W, "something that the dialect of --as cannot say",
	  "keep this series as the place where it is said" },
	{ "dialect-text", FINDING_NOTE, "something that the dialect of --as has no field for",
	  "it stays in the patch as text" },
	{ 0 },
};

const struct lint_rule *lint_rule(const char *id)
{
	const struct lint_rule *r = lint_rules;

	while (r->id && strcmp(r->id, id))
		r++;
	BUG_ON(!r->id);
	return r;
}
