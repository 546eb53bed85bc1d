// SPDX-License-Identifier: GPL-2.0-or-later
//
// Put the NOWAIT warning into the fault handlers of a file: before the first statement of
// every bound handler that takes a lock itself and has no such warning yet.
//
//	spatch --macro-file cocci/macros.h --no-includes --very-quiet -D patch \
//		--sp-file cocci/nowait-insert.cocci [--in-place] FILE
//
// One that only calls another handler is left alone, and so is one whose warning stands
// in a wrong place: moving it is a decision. What is a lock is guessed generously here,
// since nowait.cocci judges the result.

virtual patch

@initialize:python@
@@
bound = set()

@bound_fault@
identifier o, s, h;
@@
struct s o = { .fault = h, };

@script:python@
h << bound_fault.h;
@@
bound.add(h)

@bound_huge@
identifier o, s, h;
@@
struct s o = { .huge_fault = h, };

@script:python@
h << bound_huge.h;
@@
bound.add(h)

@warned exists@
identifier h, vmf;
position q;
@@
h@q(..., struct vm_fault *vmf, ...)
{
	... when any
	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
	... when any
}

// guard(x)(y) is a call of guard() too
@locks exists@
iterator name scoped_guard, scoped_class;
iterator it =~ "guard|class|lock";
identifier lk =~ "lock|LOCK|mutex|^_*down|_down_|^guard$|^ACQUIRE$|^CLASS$";
identifier h, vmf;
expression E;
statement S;
position q != warned.q;
@@
h@q(..., struct vm_fault *vmf, ...)
{
	... when any
(
	it(...) S
|
	lk(...)
|
	E->lk(...)
)
	... when any
}

@insert depends on patch@
identifier vmf;
identifier h : script:python() { h in bound };
statement S, S1;
position locks.q;
@@
h@q(..., struct vm_fault *vmf, ...)
{
	... when != S1
+	/*
+	 * We don't expect to be called with NOWAIT and there are conflicting
+	 * opinions on whether NOWAIT suggests we shouldn't wait for locks or
+	 * just shouldn't wait for I/O.
+	 */
+	WARN_ON_ONCE(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
+
	S
	... when any
}
