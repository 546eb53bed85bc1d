#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Report models against docs/report.schema.json: good ones pass, spoilt ones do not."""
import copy
import json
import sys

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

# What each change does to a good model's first cell, target or top.
SPOIL = [
    ("unknown schema", lambda m: m.update(schema="carry.report/2")),
    ("unknown status", lambda m: m["cells"][0].update(status="ok")),
    ("skip without a reason", lambda m: m["cells"][0].update(status="skip", reason=None)),
    ("stale without a cause", lambda m: m["cells"][0].update(stale=True, stale_because=[])),
    ("key that is no digest", lambda m: m["cells"][0].update(key="abc")),
    ("cell without a check", lambda m: m["cells"][0].pop("check")),
    ("time of another form", lambda m: m.update(generated="today")),
    ("base without a tree", lambda m: m["targets"][0].update(base={"provenance": "x"})),
    ("negative count", lambda m: m["summary"].update({"pass": -1})),
]


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def main(schema, good, *more):
    schema = load(schema)
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    validator = cls(schema)
    print("1..%d" % (1 + len(more) + len(SPOIL)))
    number = failed = 0
    tests = [(p, load(p), True) for p in (good, *more)]
    for what, change in SPOIL:
        model = copy.deepcopy(tests[0][1])
        change(model)
        tests.append((what, model, False))
    for what, model, want in tests:
        number += 1
        error = next(validator.iter_errors(model), None)
        ok = (error is None) == want
        failed += not ok
        print("%s %d - %s" % ("ok" if ok else "not ok", number, what.rsplit("/", 1)[-1]))
        if not ok and error:
            print("# %s" % error.message[:200])
    return failed != 0


sys.exit(main(*sys.argv[1:]))
