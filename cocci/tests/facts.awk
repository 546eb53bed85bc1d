# SPDX-License-Identifier: GPL-2.0-or-later
# One fact of a rule, "carry: {json}", to "name kind detail...": no file, no line.

function field(key,    s)
{
	if (!match($0, "\"" key "\": \"[^\"]*\""))
		return ""
	s = substr($0, RSTART, RLENGTH - 1)
	sub(/^"[^"]*": "/, "", s)
	return s
}

function detail(key,    s)
{
	s = field(key)
	return s == "" ? "" : " " s
}

/^carry: / {
	print field("name") " " field("kind") detail("member") detail("callee") \
		detail("property") detail("what")
	next
}

{
	print "output that is no fact: " $0
}
