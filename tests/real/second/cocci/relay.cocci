// SPDX-License-Identifier: GPL-2.0-or-later
//
// Does the fault handler of relay channels look at the offset, and say so, before it
// looks the page up? Facts as in the protocol of carry's cocci check.

virtual report

@initialize:python@
@@
import json

def fact(kind, name, p, **more):
    print("carry: " + json.dumps(dict(kind=kind, name=name, file=p[0].file,
                                      line=int(p[0].line), **more), sort_keys=True))

@bound@
identifier ops, h;
position p;
@@
struct vm_operations_struct ops = { .fault = h@p, };

@script:python@
h << bound.h;
p << bound.p;
@@
fact("binding", h, p, member="fault")

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

@unsaid exists@
identifier bound.h, vmf;
expression E;
position p;
@@
h(struct vm_fault *vmf) {
	... when != WARN_ON_ONCE(E)
	vmalloc_to_page@p(...)
	... when any
}

@script:python@
h << bound.h;
p << unsaid.p;
@@
fact("violates", h, p, property="said-before-lookup", what="vmalloc_to_page")

@said@
identifier bound.h, vmf;
expression E;
position p;
@@
h(struct vm_fault *vmf) {
	... when any
	WARN_ON_ONCE@p(E)
	... when any
	vmalloc_to_page(...)
	... when any
}

@script:python@
h << bound.h;
p << said.p;
@@
fact("proves", h, p, property="said-before-lookup")
