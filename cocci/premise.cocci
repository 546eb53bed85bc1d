// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the NOWAIT warning stands on: who can bring FAULT_FLAG_RETRY_NOWAIT to a fault
// handler, and does anything of it reach a PFNMAP mapping?
//
//	spatch --macro-file cocci/macros.h --no-includes --very-quiet -D report \
//		--sp-file cocci/premise.cocci FILE...
//
// The files are to be given all at once: those .c and .h files of the tree, tools/ left
// out, that hold one of the words
//
//	FAULT_FLAG_RETRY_NOWAIT FOLL_NOWAIT fixup_user_fault gmap_fault
//
// Facts, one a line, as in nowait.cocci:
//
//	sets		the function puts FAULT_FLAG_RETRY_NOWAIT	what, [from]
//			into what; from: only where FOLL_NOWAIT is set
//	passes		the function puts FOLL_NOWAIT into what		what
//	calls		it calls callee, which leads to			callee, what
//			fixup_user_fault(), with these flags
//	refuses		it returns an error for such mappings		what
//	proves		a property holds				property
//	violates	it does not: why				property, what
//	undecided	it could not be shown: why			property, what
//
// The properties:
//
//	only-from-gup		the flag is made from FOLL_NOWAIT and nothing else
//	gup-refuses-pfnmap	where it is, VM_IO and VM_PFNMAP mappings were refused
//	fixup-never-nowait	fixup_user_fault() does not add it
//	fixup-never-given	nor do its callers hand it the flag
//
// Large files hold things that spatch cannot parse. So every line of code with one of the
// words must have been met by a rule; one that was not makes all four undecided.

virtual report

@initialize:python@
@@

import json
import re

FLAG = "FAULT_FLAG_RETRY_NOWAIT"
FOLL = "FOLL_NOWAIT"
FIXUP = "fixup_user_fault"
PROPERTIES = ("only-from-gup", "gup-refuses-pfnmap", "fixup-never-nowait",
              "fixup-never-given")
# Lines that a rule need not meet: what declares or names one of the words.
DECLARES = re.compile(r"^\s*#\s*define\s+(%s|%s)\b|^\s*(%s|%s)\s*=|\{\s*(%s|%s)\s*,\s*\""
                      r"|^EXPORT_SYMBOL" % ((FLAG, FOLL) * 3))

facts = set()
files = []
met = set()       # (file, line) with one of the words, met by a rule
takers = {}       # (file, function) -> (line, third parameter), a name like flags
taking = {FIXUP}  # names of takers
wanted = set()    # names of variables given as a third argument
calls = []        # (caller, line, callee, third argument)
values = {}       # (file, function), variable -> what it is set to
final = {}        # (file, function) -> third argument of its handle_mm_fault()
gup = set()       # names of functions that make the flag from FOLL_NOWAIT
others = set()    # functions that take it from elsewhere
faulting = {}     # functions that call one of gup -> line of such a call
refusing = set()  # (file, line) of a check_vma_flags() that refuses
checked = {}      # function -> number of calls of check_vma_flags()
heeded = {}       # the same, where an error keeps from going on
starting = set()  # those of them that start without a vma
leaks = set()     # (function, line, why): what keeps gup-refuses-pfnmap from holding


def owner(p):
    return (p[0].file, p[0].current_element)


def at(p):
    return (p[0].file, int(p[0].line))


def fact(kind, func, line, **more):
    more.update(kind=kind, file=func[0], name=func[1], line=int(line))
    facts.add((func, kind, int(line), json.dumps(more, sort_keys=True)))


def note_use(flag, p, what):
    """One flag is put into what."""
    if flag == FOLL:
        fact("passes", owner(p), p[0].line, what=what)
        return
    fact("sets", owner(p), p[0].line, what=what)
    others.add((owner(p), int(p[0].line)))


def cut(text, separator):
    """text at each separator outside of parentheses"""
    parts, depth = [""], 0
    for token in re.findall(r"\w+|->|[|&=<>!]{2}|\S", text):
        depth += (token in "([") - (token in ")]")
        if token == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += token + " "
    return [part.strip() for part in parts]


def flags_of(text):
    """The names that an expression made of |, ?: and parentheses can be the union of;
    what is something else comes back whole."""
    text = text.strip()
    parts = cut(text, "?")
    if len(parts) == 2:
        return {name for part in cut(parts[1], ":") for name in flags_of(part)}
    parts = cut(text, "|")
    if len(parts) > 1:
        return {name for part in parts for name in flags_of(part)}
    if text.startswith("(") and text.endswith(")"):
        return flags_of(text[1:-1])
    return set() if re.match(r"(0x)?[0-9a-fA-F]+$", text) else {text}



# "name in set" as a constraint keeps the name from being inherited: so, functions.

def is_fixup(name):
    return name == FIXUP


def is_gup(name):
    return name in gup


def is_faulting(name):
    return name in {function for path, function in faulting}


def is_taking(name):
    return name in taking


def is_wanted(name):
    return name in wanted

@script:python@
@@
files.extend(cocci.files())

// ---- every use of the flags: a test or a mask, or it is put somewhere

// Each test is a rule of its own: in one disjunction, of two in an expression the second
// would be lost.

// Unless __free is named an attribute here, "p __free(kfree)" makes kfree a type, in the
// files that follow too, and functions with "else kfree(p);" are dropped.

@masks@
attribute name __free;
identifier F =~ "^(FAULT_FLAG_RETRY_NOWAIT|FOLL_NOWAIT)$";
expression E;
position p;
@@
(
E & <+...F@p...+>
|
E &= <+...F@p...+>
|
~<+...F@p...+>
)

@script:python@
p << masks.p;
@@
met.add(at(p))

@compares@
identifier F =~ "^(FAULT_FLAG_RETRY_NOWAIT|FOLL_NOWAIT)$";
expression E;
position p;
@@
(
E == <+...F@p...+>
|
E != <+...F@p...+>
|
<+...F@p...+> == E
|
<+...F@p...+> != E
)

@script:python@
p << compares.p;
@@
met.add(at(p))

@puts@
identifier F =~ "^(FAULT_FLAG_RETRY_NOWAIT|FOLL_NOWAIT)$";
identifier f;
expression E;
position p != {masks.p, compares.p};
@@
(
f(..., <+...F@p...+>, ...)
|
E |= <+...F@p...+>
|
E = <+...F@p...+>
)

@script:python@
F << puts.F;
f << puts.f = "";
E << puts.E = "";
p << puts.p;
@@
met.add(at(p))
note_use(F, p, "argument of " + f if f else E)

@starts_with@
identifier F =~ "^(FAULT_FLAG_RETRY_NOWAIT|FOLL_NOWAIT)$";
identifier x;
type T;
position p != {masks.p, compares.p, puts.p};
@@
T x = <+...F@p...+>;

@script:python@
F << starts_with.F;
x << starts_with.x;
p << starts_with.p;
@@
met.add(at(p))
note_use(F, p, x)

// A mask as well, but a copy.

@copies@
identifier F =~ "^(FAULT_FLAG_RETRY_NOWAIT|FOLL_NOWAIT)$";
expression E, E1;
position p;
@@
E |= <+...E1 & F@p...+>

@script:python@
F << copies.F;
E << copies.E;
p << copies.p;
@@
note_use(F, p, E)

@made_from_foll@
expression E, E1;
position p;
@@
if (E & FOLL_NOWAIT)
	E1 |= <+...FAULT_FLAG_RETRY_NOWAIT@p...+>;

@script:python@
E1 << made_from_foll.E1;
p << made_from_foll.p;
@@
gup.add(p[0].current_element)
others.discard((owner(p), int(p[0].line)))
for func, kind, line, text in list(facts):
    if (func, kind, line) == (owner(p), "sets", int(p[0].line)):
        facts.discard((func, kind, line, text))
fact("sets", owner(p), p[0].line, what=E1, **{"from": FOLL})

@elsewhere@
identifier F =~ "^(FAULT_FLAG_RETRY_NOWAIT|FOLL_NOWAIT)$";
position p != {masks.p, compares.p, puts.p, starts_with.p};
@@
F@p

@script:python@
F << elsewhere.F;
p << elsewhere.p;
@@
met.add(at(p))
note_use(F, p, "an expression not understood")

// ---- fixup_user_fault(), and the functions that hand it flags of their own caller's: to
// begin with, every function whose third parameter has such a name

@takes_flags@
identifier f;
identifier v =~ "flags$";
parameter P, P1;
type T;
position p;
@@
f@p(P, P1, T v, ...)
{
	... when any
}

@script:python@
f << takes_flags.f;
v << takes_flags.v;
p << takes_flags.p;
@@
takers[(p[0].file, f)] = (int(p[0].line), v)
taking.add(f)

@takes_call@
expression E, E1, E2;
position p;
identifier f : script:python() { is_taking(f) };
@@
f@p(E, E1, E2, ...)

@script:python@
E2 << takes_call.E2;
p << takes_call.p;
f << takes_call.f;
@@
met.add(at(p))
calls.append((owner(p), int(p[0].line), f, E2))
wanted.update(flags_of(E2))

@takes_final@
expression E, E1, E2;
position p;
identifier f : script:python() { is_fixup(f) };
@@
f(...)
{
	... when any
	handle_mm_fault@p(E, E1, E2, ...)
	... when any
}

@script:python@
E2 << takes_final.E2;
p << takes_final.p;
@@
final.setdefault(owner(p), set()).update(flags_of(E2))
wanted.update(flags_of(E2))

@takes_value@
expression E;
type T;
position p;
identifier x : script:python() { is_wanted(x) };
@@
(
T x@p = E;
|
x@p = E
|
x@p |= E
)

@script:python@
E << takes_value.E;
p << takes_value.p;
x << takes_value.x;
@@
values.setdefault((owner(p), x), set()).update(flags_of(E))

@takes_other@
expression E;
identifier g;
position p;
identifier x : script:python() { is_wanted(x) };
@@
(
x@p += E
|
x@p ^= E
|
g(..., &x@p, ...)
)

@script:python@
p << takes_other.p;
x << takes_other.x;
@@
values.setdefault((owner(p), x), set()).add("something else")

// ---- GUP: refused before it is faulted in

@refuses forall@
identifier vma, v;
type T;
expression E;
position p;
@@
check_vma_flags@p(struct vm_area_struct *vma, ...)
{
	... when strict
	T v = vma->vm_flags;
	... when strict
	    when != v = E
	if (v & (VM_IO | VM_PFNMAP))
		return -EFAULT;
	... when any
}

@script:python@
p << refuses.p;
@@
refusing.add(at(p))
fact("refuses", (p[0].file, "check_vma_flags"), p[0].line, what="VM_IO, VM_PFNMAP")

@checks@
position p;
@@
check_vma_flags@p(...)

@script:python@
p << checks.p;
@@
checked[owner(p)] = checked.get(owner(p), 0) + 1

@heeds@
identifier vma, l;
expression E1, r;
position p;
@@
(
if (!vma || check_vma_flags@p(vma, ...)) { ... goto l; }
|
if (!vma || check_vma_flags@p(vma, ...)) { ... return E1; }
|
if (check_vma_flags@p(vma, ...)) { ... goto l; }
|
if (check_vma_flags@p(vma, ...)) { ... return E1; }
|
r = check_vma_flags@p(vma, ...);
if (r) { ... goto l; }
|
r = check_vma_flags@p(vma, ...);
if (r) { ... return E1; }
)

@script:python@
p << heeds.p;
@@
heeded[owner(p)] = heeded.get(owner(p), 0) + 1

@faults@
position p;
identifier f : script:python() { is_gup(f) };
@@
f@p(...)

@script:python@
p << faults.p;
@@
faulting[owner(p)] = int(p[0].line)

// Between a look-up of the vma and the fault there is a check ... The gate area's vma is
// not looked up but filled in by get_gate_page(), and passes without one.

@unchecked exists@
local idexpression struct vm_area_struct *vma;
identifier h;
expression E, E1;
position p;
identifier g : script:python() { is_faulting(g) };
identifier f : script:python() { is_gup(f) };
@@
g(...)
{
	... when any
	vma = E
	... when != check_vma_flags(vma, ...)
	    when != vma = E1
	    when != h(..., &vma, ...)
	f@p(..., vma, ...)
	... when any
}

@script:python@
E << unchecked.E;
p << unchecked.p;
@@
if E != "NULL":
    leaks.add((owner(p), int(p[0].line), "a vma that was not checked"))

// ... and before the first look-up there is no vma.

@no_vma_yet exists@
identifier vma;
type T;
position p;
identifier g : script:python() { is_faulting(g) };
@@
g(...)
{
	... when any
	T vma@p = NULL;
	... when any
}

@script:python@
p << no_vma_yet.p;
@@
starting.add(owner(p))

@given exists@
identifier vma;
type T;
expression E, E1;
statement S;
position p;
identifier g : script:python() { is_faulting(g) };
identifier f : script:python() { is_gup(f) };
@@
g(...)
{
	... when any
	T vma = NULL;
	... when != vma = E
	    when != if (!vma || E1) S
	f@p(..., vma, ...)
	... when any
}

@script:python@
p << given.p;
@@
leaks.add((owner(p), int(p[0].line), "a vma from elsewhere"))

// ---- what it comes to

@finalize:python@
@@


def code_of(path):
    """The lines of a file without comments and strings."""
    with open(path, errors="replace") as source:
        text = source.read()
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(\\.|[^\"\\\n])*\"",
                  lambda m: "\n" * m.group().count("\n") or '""',
                  text, flags=re.S).split("\n")


def resolve(func, names, known=()):
    """The flags that names can stand for in a function: a variable for all that is ever
    put into it, the parameter for none, since whoever calls is looked at too."""
    flags = set()
    for name in names:
        local = (func, name) in values or takers.get(func, (0, ""))[1] == name
        if not local:
            flags.add(name)
        elif name not in known:
            flags |= resolve(func, values.get((func, name), ()), known + (name,))
    return flags


def leading_to_fixup():
    """fixup_user_fault(), and what gives a parameter of its own to one of these."""
    found = {FIXUP}
    while True:
        new = {caller[1] for caller, line, callee, flags in calls if callee in found
               and takers.get(caller, (0, ""))[1] in flags_of(flags)} - found
        if not new:
            return found
        found |= new


def judge(prop, func, line, flags, what):
    """Facts on a set of flags that should hold no NOWAIT; are they in order?"""
    if FLAG in flags:
        fact("violates", func, line, property=prop, what=what)
        return False
    strange = {flag for flag in flags if not flag.startswith("FAULT_FLAG_")}
    for flag in strange:
        fact("undecided", func, line, property=prop, what=flag)
    return not strange


def judge_calls(leading):
    ok, some = True, False
    for caller, line, callee, text in calls:
        if callee not in leading:
            continue
        some = True
        flags = resolve(caller, flags_of(text))
        given = takers.get(caller, (0, ""))[1]
        shown = flags | {given} & flags_of(text)
        fact("calls", caller, line, callee=callee, what=", ".join(sorted(shown)) or "0")
        ok &= judge("fixup-never-given", caller, line, flags, "handed to " + callee)
    return some and ok


def judge_faulting():
    for func, line, why in leaks:
        fact("violates", func, line, property="gup-refuses-pfnmap", what=why)
    ok = not leaks and bool(refusing) and bool(faulting)
    for func in faulting:
        why = ("no check" if not checked.get(func) else
               "a check without effect" if checked[func] != heeded.get(func) else
               "a vma to begin with" if func not in starting else "")
        if why:
            fact("undecided", func, faulting[func], property="gup-refuses-pfnmap", what=why)
            ok = False
    return ok


def unmet(words):
    """Code that holds one of the words and that no rule met."""
    word = re.compile(r"\b(%s)\b" % "|".join(sorted(words)))
    for path in files:
        for number, text in enumerate(code_of(path), 1):
            found = word.search(text)
            if not found or (path, number) in met or DECLARES.search(text):
                continue
            if not re.match(r"\w[\w\s*]*\b%s\(" % found.group(), text):
                yield path, number, found.group()


def prove(prop, funcs):
    for func, line in funcs:
        fact("proves", func, line, property=prop)


leading = leading_to_fixup()
fixups = {(func, takers[func][0]) for func in final if func in takers}
gups = {((path, name), line) for (path, name), kind, line, text in facts
        if kind == "sets" and name in gup}
proofs = {}

for func, line in others:
    fact("violates", func, line, property="only-from-gup", what="not from " + FOLL)
proofs["only-from-gup"] = gups if not others else ()
proofs["gup-refuses-pfnmap"] = faulting.items() if judge_faulting() else ()
proofs["fixup-never-nowait"] = fixups if all([
    judge("fixup-never-nowait", func, line, resolve(func, final[func]), FLAG)
    for func, line in fixups]) else ()
proofs["fixup-never-given"] = fixups if judge_calls(leading) else ()

missed = list(unmet(leading | {FLAG, FOLL}))
for path, line, name in missed:
    for prop in PROPERTIES:
        fact("undecided", (path, name), line, property=prop, what="not parsed")
for prop in PROPERTIES:
    prove(prop, proofs[prop] if not missed else ())
for func, kind, line, text in sorted(facts):
    print("carry: " + text)
