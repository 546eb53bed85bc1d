// SPDX-License-Identifier: GPL-2.0-or-later
virtual report

@initialize:python@
@@
import json

def fact(kind, name, p, **more):
    print("carry: " + json.dumps(dict(kind=kind, name=name, file=p[0].file,
                                      line=int(p[0].line), **more), sort_keys=True))

@bound@
identifier o, h;
position p;
@@
struct ops o = { .fault = h@p, };

@script:python@
h << bound.h;
p << bound.p;
@@
fact("binding", h, p)

@body@
identifier bound.h, vmf;
position p;
@@
h@p(struct vm_fault *vmf) { ... }

@script:python@
h << bound.h;
p << body.p;
@@
fact("definition", h, p)

@unwarned exists@
identifier bound.h, vmf;
position p;
@@
h(struct vm_fault *vmf) {
	... when != WARN_ON_ONCE(vmf->flags & NOWAIT)
	lock@p(...)
	... when any
}

@script:python@
h << bound.h;
p << unwarned.p;
@@
fact("violates", h, p, property="before-lock", what="lock")

@warned@
identifier bound.h, vmf;
position p;
@@
h(struct vm_fault *vmf) {
	... when any
	WARN_ON_ONCE@p(vmf->flags & NOWAIT)
	... when any
	lock(...)
	... when any
}

@script:python@
h << bound.h;
p << warned.p;
@@
fact("proves", h, p, property="before-lock")
