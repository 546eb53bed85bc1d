// SPDX-License-Identifier: GPL-2.0-or-later
//
// Does every fault handler say, before it takes a lock, that it was called with NOWAIT?
//
//	spatch --macro-file cocci/macros.h --no-includes --very-quiet -D report \
//		--sp-file cocci/nowait.cocci FILE...
//
// One fact a line on stdout: "carry: " and a JSON object, which always has kind, name
// (of the function), file and line:
//
//	binding		it is bound as a handler		member
//	definition	its body was parsed
//	site		an unconditional instance of the warning stands in it
//	lock		it takes a lock				what
//	delegates	every path hands its vmf to, and	callee
//			nothing of its own is undecided
//	proves		a property holds			property
//	violates	a path breaks it			property, what
//	undecided	neither could be shown			property, what
//
// The properties are "before-lock" (no path gets to a lock without having passed the
// warning) and "all-paths" (no path leaves the function without having passed it). A
// function has a property if it proves it, or if it violates nothing and delegates to
// one that has it. Of a function without a "definition" nothing is known.
//
// Facts are given for every function that takes a struct vm_fault *, bound or not. A lock
// is what the tables below say, and a call of a function in the same files that comes to
// one. What functions of other files do inside is not looked at.

virtual report

@initialize:python@
@@

import json
import re

# Acquisitions, by the words of their names: mutex_lock_nested, raw_spin_trylock,
# write_seqlock, folio_lock, down_read_killable, vma_start_read, ...
LOCK = re.compile(r"(^|_)(try|spin|seq)*lock(_|$)"
                  r"|^_*(percpu_)?down(_interruptible|_killable|_timeout|_trylock)?$"
                  r"|(^|_)down_(read|write)(_|$)"
                  r"|^_*vma_start_(read|write)"
                  r"|^_*(sb|file)_start_(write|pagefault|intwrite)"
                  r"|^get_online_(cpus|mems)$"
                  r"|^kref_put_mutex$")
# Names with such a word that take nothing one could wait for.
FREE = re.compile(r"^_*s?rcu_|lockdep|^lock_map_|^spinlock_check$"
                  r"|(^|_)(\w*unlock|assert|held|init|is|class)(_|$)")
# Perhaps a lock under a name of its own; mostly a macro.
LIKE = re.compile(r"lock|mutex|semaphore|(^|_)sem(_|$)", re.I)
UNLIKE = re.compile(r"unlock|locked|lockless|lockref_get|[bcf]lock", re.I)
# Classes of guard() and ACQUIRE() that are no locks, and those of CLASS() that are.
FREE_CLASS = re.compile(r"^(s?rcu|preempt|irq|disable_irq|migrate|pagefault|pm_runtime)")
LOCK_CLASS = re.compile(r"lock|mutex|rwsem|percpu_(read|write)|^(device|pci_dev)")

facts = set()
lines = {}       # function -> lines of its definitions; a function is (file, name)
params = {}      # function -> names of its vm_fault parameter
calls = set()    # (caller, callee)
callers = set()  # names of functions with a call in them
holders = set()  # functions that take a lock themselves
points = {}      # function -> {place: (what, sort)}: calls that are, or may be, locks
handed = set()   # (function, place) of calls that get the function's own vmf
reached = set()  # (function, place) that a path from the entry gets to
unwarned = set() # the same, by a path without the warning
passing = set()  # functions whose every path passes the warning
leaving = set()  # functions that a path leaves without it
spoiled = set()  # functions that change what the warning tests
handing = set()  # (function, callee): on every path
warners = set()  # names: to call one with one's vmf is as good as the warning


def place(p):
    return (int(p[0].line), int(p[0].column))


def owner(p):
    return (p[0].file, p[0].current_element)


def fact(kind, func, line, **more):
    more.update(kind=kind, file=func[0], name=func[1], line=int(line))
    facts.add((func, kind, int(line), json.dumps(more, sort_keys=True)))


def is_lock(name):
    return bool(LOCK.search(name)) and not FREE.search(name)


def may_be_lock(name):
    return bool(LIKE.search(name)) and not UNLIKE.search(name) and not FREE.search(name)


def leading_to(found, edges):
    """found, and whatever leads there."""
    found = set(found)
    while True:
        new = {a for a, b in edges if b in found} - found
        if not new:
            return found
        found |= new


def in_ifdef(p):
    """Is p inside an #if that its function opened? spatch may read such an #if as
    a comment, and then both branches count as one path."""
    first, line = int(p[0].current_element_line), int(p[0].line)
    depth = 0
    with open(p[0].file, errors="replace") as source:
        for text in list(source)[first:max(line - 1, first)]:
            if re.match(r"\s*#\s*if", text):
                depth += 1
            elif re.match(r"\s*#\s*endif", text):
                depth -= 1
    return depth > 0


def sort_of(block, f, guard, klass):
    """What a call of f, a guard or object of a class, or a block macro is: a "lock",
    "like" one, a "call" of a function that has to be looked into, or nothing."""
    if block == "scoped_class":
        klass, guard = guard, ""
    elif block and block not in ("scoped_guard", "scoped_cond_guard"):
        return "like" if may_be_lock(block) else ""
    if guard:
        return "" if FREE_CLASS.search(guard) else "lock"
    if klass:
        return "lock" if LOCK_CLASS.search(klass) else ""
    if is_lock(f):
        return "lock"
    if may_be_lock(f):
        return "like"
    return "call" if f in callers else ""


def label(block, f, guard, acquire, klass):
    """The same call in words."""
    macro = block or guard and "guard" or acquire and "ACQUIRE" or klass and "CLASS"
    return "%s(%s)" % (macro, guard or acquire or klass) if macro else f

// ---- the bindings

@bound_fault@
identifier o, s, h;
position p;
@@
struct s o = { .fault = h@p, };

@script:python@
h << bound_fault.h;
p << bound_fault.p;
@@
fact("binding", (p[0].file, h), p[0].line, member="fault")

@bound_huge@
identifier o, s, h;
position p;
@@
struct s o = { .huge_fault = h@p, };

@script:python@
h << bound_huge.h;
p << bound_huge.p;
@@
fact("binding", (p[0].file, h), p[0].line, member="huge_fault")

@set_fault@
expression E;
identifier h;
position p;
@@
(
E.fault = h@p
|
E->fault = h@p
)

@script:python@
h << set_fault.h;
p << set_fault.p;
@@
fact("binding", (p[0].file, h), p[0].line, member="fault")

@set_huge@
expression E;
identifier h;
position p;
@@
(
E.huge_fault = h@p
|
E->huge_fault = h@p
)

@script:python@
h << set_huge.h;
p << set_huge.p;
@@
fact("binding", (p[0].file, h), p[0].line, member="huge_fault")

// ---- the functions

// Unless __free is named an attribute here, "p __free(kfree)" makes kfree a type, in the
// files that follow too, and functions with "else kfree(p);" are dropped.

@def@
attribute name __free;
identifier h, vmf;
position p;
@@
h@p(..., struct vm_fault *vmf, ...)
{
	... when any
}

@script:python@
h << def.h;
vmf << def.vmf;
p << def.p;
@@
lines.setdefault((p[0].file, h), set()).add(int(p[0].line))
params.setdefault((p[0].file, h), set()).add(vmf)

@spoils exists@
identifier h, vmf;
expression E;
position p;
@@
h@p(..., struct vm_fault *vmf, ...)
{
	... when any
(
	vmf = E
|
	vmf->flags = E
|
	vmf->flags |= E
|
	vmf->flags &= E
|
	vmf->flags ^= E
)
	... when any
}

@script:python@
h << spoils.h;
p << spoils.p;
@@
spoiled.add((p[0].file, h))

// ---- the warning, where it is sure to be evaluated: not behind a && or ?:, not in an
// argument, which may be a macro's, not in a statement expression

@site@
identifier vmf, x;
expression E;
type T;
statement S, S1;
position p;
@@
(
WARN_ON_ONCE@p(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
|
E = WARN_ON_ONCE@p(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
|
T x = WARN_ON_ONCE@p(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
|
if (unlikely(WARN_ON_ONCE@p(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))) S else S1
|
if (unlikely(WARN_ON_ONCE@p(vmf->flags & FAULT_FLAG_RETRY_NOWAIT))) S
|
if (WARN_ON_ONCE@p(vmf->flags & FAULT_FLAG_RETRY_NOWAIT) || E) S
|
if (WARN_ON_ONCE@p(vmf->flags & FAULT_FLAG_RETRY_NOWAIT) && E) S
)

@script:python@
vmf << site.vmf;
p << site.p;
@@
if in_ifdef(p) or vmf not in params.get(owner(p), ()):
    cocci.include_match(False)
else:
    fact("site", owner(p), p[0].line)

@unsure_site@
expression E;
position q != site.p;
@@
WARN_ON_ONCE@q(E->flags & FAULT_FLAG_RETRY_NOWAIT)

@always forall@
identifier h, vmf;
position p;
position w != unsure_site.q;
@@
h@p(..., struct vm_fault *vmf, ...)
{
	... when strict
	WARN_ON_ONCE@w(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
	... when any
}

@script:python@
h << always.h;
p << always.p;
@@
passing.add((p[0].file, h))

// ---- calls that hand the vmf on, in the same sure places

@hand@
local idexpression struct vm_fault *vmf;
identifier f, x;
expression E;
type T;
statement S, S1;
position p;
@@
(
return f@p(..., vmf, ...);
|
f@p(..., vmf, ...);
|
E = f@p(..., vmf, ...);
|
T x = f@p(..., vmf, ...);
|
if (f@p(..., vmf, ...)) S else S1
|
if (f@p(..., vmf, ...)) S
)

@script:python@
vmf << hand.vmf;
p << hand.p;
@@
if in_ifdef(p) or vmf not in params.get(owner(p), ()):
    cocci.include_match(False)

@any_hand@
local idexpression struct vm_fault *vmf;
identifier f;
position p;
@@
f@p(..., vmf, ...)

@script:python@
vmf << any_hand.vmf;
p << any_hand.p;
@@
if vmf in params.get(owner(p), ()):
    handed.add((owner(p), place(p)))

@unsure_hand@
local idexpression struct vm_fault *vmf;
identifier f;
position q != hand.p;
@@
f@q(..., vmf, ...)

@hands forall@
identifier h, vmf;
identifier hand.f;
position hand.p;
position d;
@@
h@d(..., struct vm_fault *vmf, ...)
{
	... when strict
	f@p(..., vmf, ...)
	... when any
}

@script:python@
h << hands.h;
f << hand.f;
d << hands.d;
@@
handing.add(((d[0].file, h), f))

// ---- the locks, and what may come to one

@call@
identifier f;
position p;
@@
f@p(...)

@script:python@
f << call.f;
p << call.p;
@@
calls.add((owner(p), (p[0].file, f)))
callers.add(p[0].current_element)

// Named here, scoped_guard is known to the first pass of the parser. scoped_cond_guard
// must not be: its argument "return -EINTR" would end the parse.

@acq@
iterator name scoped_guard, scoped_class;
iterator it;
identifier f, c, a, k;
expression E;
statement S;
position p;
@@
(
it(c@p, ...) S
|
guard@p(c)(...)
|
ACQUIRE@p(a, ...)(...)
|
CLASS@p(k, ...)(...)
|
E@p->f(...)
|
E@p.f(...)
|
f@p(...)
)

@script:python@
it << acq.it = "";
f << acq.f = "";
c << acq.c = "";
a << acq.a = "";
k << acq.k = "";
p << acq.p;
@@
sort = sort_of(it, f, c or a, k)
if sort == "lock":
    holders.add(owner(p))
if sort and owner(p) in lines:
    points.setdefault(owner(p), {})[place(p)] = (label(it, f, c, a, k), sort)
else:
    cocci.include_match(False)

@reaches exists@
identifier h, vmf;
expression e;
position acq.p;
position d;
@@
h@d(..., struct vm_fault *vmf, ...)
{
	... when any
	e@p
	... when any
}

@script:python@
h << reaches.h;
d << reaches.d;
p << acq.p;
@@
reached.add(((d[0].file, h), place(p)))

// ---- paths that pass no warning; a function that always warns about the same vmf is one

@script:python@
@@
warners.update(name for file, name in
               leading_to(passing, {(h, (h[0], f)) for h, f in handing}) - spoiled)

@meets exists@
identifier h, vmf;
expression e;
position acq.p;
position d;
position w != unsure_site.q;
position v != unsure_hand.q;
identifier f : script:python() { f in warners };
@@
h@d(..., struct vm_fault *vmf, ...)
{
	... when != WARN_ON_ONCE@w(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
	    when != f@v(..., vmf, ...)
	e@p
	... when any
}

@script:python@
h << meets.h;
d << meets.d;
p << acq.p;
@@
unwarned.add(((d[0].file, h), place(p)))

@leaves exists@
identifier h, vmf;
position d;
position w != unsure_site.q;
position v != unsure_hand.q;
identifier f : script:python() { f in warners };
@@
h@d(..., struct vm_fault *vmf, ...)
{
	... when != WARN_ON_ONCE@w(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
	    when != f@v(..., vmf, ...)
}

@script:python@
h << leaves.h;
d << leaves.d;
@@
leaving.add((d[0].file, h))

// ---- what it comes to

@finalize:python@
@@

takers = leading_to(holders, calls)


def refine(func):
    """The places that matter to func: a call is a lock if it comes to one, unless it
    gets our vmf and so answers for itself."""
    for where, (what, sort) in points.get(func, {}).items():
        callee = (func[0], what)
        if sort == "call":
            if callee in lines and (func, where) in handed:
                sort = "hand"
            elif callee in takers:
                sort = "lock"
        if sort != "call":
            yield where, what, sort


places = {func: sorted(refine(func)) for func in lines}


def breaks(func, bad):
    """The places where a path from func's entry is at a lock without the warning."""
    return {(where, what) for where, what, sort in places[func]
            if (func, where) in unwarned and (sort == "lock" or
               sort == "hand" and (func[0], what) in bad)}


def doubts(func, unsure):
    """The places of which it is not known whether a path is at a lock there."""
    for where, what, sort in places[func]:
        if (func, where) not in reached:
            if sort != "hand":
                yield where, what
        elif (func, where) in unwarned and (
                sort == "like" or sort == "hand" and (func[0], what) in unsure):
            yield where, what


def settle(test):
    """The functions of which test holds, given those of which it holds."""
    known = set()
    while True:
        new = {func for func in lines if test(func, known)} - known
        if not new:
            return known
        known |= new


bad = settle(lambda func, known: breaks(func, known))
unsure = settle(lambda func, known: func in spoiled or any(doubts(func, known)))


def report(func):
    first = min(lines[func])
    locks = {(where, what) for where, what, sort in places[func] if sort == "lock"}
    delegates = {f for h, f in handing if h == func and func not in unsure}

    for line in lines[func]:
        fact("definition", func, line)
    for (line, column), what in locks:
        fact("lock", func, line, what=what)
    for callee in delegates:
        fact("delegates", func, first, callee=callee)

    for (line, column), what in breaks(func, bad):
        fact("violates", func, line, property="before-lock", what=what)
    for (line, column), what in doubts(func, unsure):
        fact("undecided", func, line, property="before-lock", what=what)
    if func in leaving:
        fact("violates", func, first, property="all-paths", what="exit")

    if func in spoiled:
        for prop in ("all-paths", "before-lock"):
            fact("undecided", func, first, property=prop, what="vmf changed")
        return
    if func not in leaving:
        if func in passing:
            fact("proves", func, first, property="all-paths")
        elif not delegates:
            fact("undecided", func, first, property="all-paths", what="paths")
    if func not in bad and func not in unsure:
        if locks:
            fact("proves", func, first, property="before-lock")
        elif not delegates:
            fact("undecided", func, first, property="before-lock", what="no lock seen")


for func in lines:
    report(func)
for func, kind, line, text in sorted(facts):
    print("carry: " + text)
