#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: edits.py REPOSITORY BASE SEED COUNT [all]

Rewrites the branch above BASE at random, COUNT times, with git's own commands: swaps,
drops, messages and contents amended, commits squashed, split, added; with "all" also all of
them in another order, files moved, removed and made executable, links and binary files. What
conflicts is given up. Prints what it did."""

import os
import random
import subprocess
import sys

repo, base, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rnd = random.Random(seed)
KINDS = ["swap", "drop", "message", "content", "squash", "split", "new", "author"]
if sys.argv[5:] == ["all"]:
    KINDS += ["order", "kind", "amend kind"]
WORDS = ["line", "ten", "é", "# hash", "[x]", "a: b", "--", "~", "Signed-off-by: A <a@b>", "diff",
         "x" * 90]


def git(*args, data=None, ok=False, env=None):
    r = subprocess.run(["git", "-C", repo, *args], input=data, capture_output=True, text=True,
                       env=dict(os.environ, GIT_EDITOR="true", **(env or {})), check=False)
    if r.returncode and not ok:
        raise subprocess.CalledProcessError(r.returncode, args, r.stdout, r.stderr)
    return r.stdout if not r.returncode else None


def commits():
    return git("log", "--reverse", "--format=%H", base + "..").split()


def is_cover(rev):
    return "--- b4-submit-tracking ---" in git("log", "-1", "--format=%B", rev)


def rebase(todo):
    """Makes the branch of these todo lines; False when that conflicts."""
    path = os.path.join(repo, "..", "todo-%d" % os.getpid())
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(todo) + "\n")
    try:
        out = git("rebase", "-i", base, ok=True,
                  env={"GIT_SEQUENCE_EDITOR": "cp '%s'" % path})
    finally:
        os.unlink(path)
    if out is None:
        git("rebase", "--abort", ok=True)
    return out is not None


def sentence():
    return " ".join(rnd.choice(WORDS) for _ in range(rnd.randint(1, 5)))


def change_files():
    files = [f for f in git("ls-files", "-z", "drivers", "lib").split("\0")[:-1]
             if os.path.isfile(os.path.join(repo, f)) and
             not os.path.islink(os.path.join(repo, f))]
    for f in rnd.sample(files, min(len(files), rnd.randint(1, 2))):
        path = os.path.join(repo, f)
        with open(path, encoding="utf-8") as fd:
            lines = fd.read().splitlines(True)
        if not lines:
            continue
        at = rnd.randrange(len(lines))
        how = rnd.randrange(3)
        if how == 0:
            lines[at] = sentence() + "\n"
        elif how == 1:
            lines.insert(at, sentence() + "\n")
        else:
            del lines[at]
        with open(path, "w", encoding="utf-8") as fd:
            fd.write("".join(lines))
    git("add", "-A")


def any_file(*dirs):
    names = git("ls-files", "-z", *dirs).split("\0")[:-1]
    return rnd.choice([n for n in names if os.path.lexists(os.path.join(repo, n))])


def change_kind():
    """Something else than lines of text."""
    path = any_file("drivers", "lib", "docs")
    full = os.path.join(repo, path)
    how = rnd.choice(["move", "remove", "mode", "binary", "link"])
    if how == "move":
        git("mv", path, "%s %s" % (path, rnd.choice("xéz")))
    elif how == "remove":
        git("rm", "-q", path)
    elif how == "mode" and not os.path.islink(full):
        os.chmod(full, os.stat(full).st_mode ^ 0o111)
    elif how == "binary":
        with open(os.path.join(repo, "docs", "b%d.bin" % rnd.randrange(3)), "wb") as f:
            f.write(b"\0" + rnd.randbytes(rnd.choice([3, 3000])))
    elif not os.path.lexists(full + ".link"):
        os.symlink(rnd.choice(["x", "../y"]), full + ".link")
    git("add", "-A")


def stop_at(rev, action):
    todo = [("edit " if c == rev else "pick ") + c for c in commits()]
    if not rebase(todo):
        return False
    action()
    if git("rebase", "--continue", ok=True) is None:
        git("rebase", "--abort", ok=True)
        return False
    return True


def amend_message():
    lines = git("log", "-1", "--format=%B").rstrip("\n").split("\n")
    how = rnd.randrange(3)
    if how == 0:
        lines[0] = "new: " + sentence()
    elif how == 1:
        lines += [""] * (len(lines) == 1) + [sentence()]
    elif len(lines) > 3:
        del lines[rnd.randrange(2, len(lines))]
    git("commit", "-q", "--amend", "--cleanup=whitespace", "-F", "-", data="\n".join(lines) + "\n")


def amend_content():
    change_files()
    git("commit", "-q", "--amend", "--no-edit", "--allow-empty")


def split():
    title = git("log", "-1", "--format=%s").strip()
    rev = git("rev-parse", "HEAD").strip()
    git("reset", "-q", "--soft", "HEAD^")
    change_files()
    git("reset", "-q")
    for i, f in enumerate(git("status", "--porcelain", "-z").split("\0")[:-1]):
        git("add", "-A", "--", f[3:])
        if i == 0:
            git("commit", "-q", "-C", rev, ok=True)
        else:
            git("commit", "-q", "-m", "%s: part %d" % (title, i), ok=True)


def one():
    all_commits = commits()
    mine = [c for c in all_commits if not is_cover(c)]
    rev = rnd.choice(mine) if mine else None
    at = all_commits.index(rev) if mine else 0
    what = rnd.choice(KINDS) if mine else "new"
    todo = ["pick " + c for c in all_commits]
    done = True
    if what == "swap" and at + 1 < len(todo):
        todo[at], todo[at + 1] = todo[at + 1], todo[at]
        done = rebase(todo)
    elif what == "order":
        rest = [line for line in todo if line[5:] in mine]
        rnd.shuffle(rest)
        done = rebase([line for line in todo if line[5:] not in mine] + rest)
    elif what == "drop":
        del todo[at]
        done = rebase(todo)
    elif what == "squash" and at + 1 < len(todo):
        todo[at + 1] = rnd.choice(["squash ", "fixup "]) + all_commits[at + 1]
        done = rebase(todo)
    elif what == "message":
        done = stop_at(rev, amend_message)
    elif what == "content":
        done = stop_at(rev, amend_content)
    elif what == "split":
        done = stop_at(rev, split)
    elif what == "amend kind":
        done = stop_at(rev, lambda: (change_kind(), git("commit", "-q", "--amend", "--no-edit",
                                                        "--allow-empty")))
    elif what == "kind":
        change_kind()
        git("commit", "-q", "--allow-empty", "-m", "kind: " + sentence())
    elif what == "author":
        done = stop_at(rev, lambda: git("commit", "-q", "--amend", "--no-edit", "--allow-empty",
                                        "--author", "É. \"X\" Y <ey@example.org>"))
    else:
        what = "new"
        change_files()
        git("commit", "-q", "--allow-empty", "-m", "add: " + sentence(), "-m", sentence())
    return what if done else what + " (conflicts)"


for _ in range(count):
    print(one())
    if git("status", "--porcelain", "--untracked-files=no").strip():
        git("reset", "-q", "--hard")
