#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails as mailers and lists make them of those of git format-patch.

usage: mails.py MAILS OUT KIND

MAILS is a directory with the mails of a series, 0001 the cover letter; OUT is the mbox
(with KIND maildir: the maildir) to write.
"""
import base64
import email
import os
import quopri
import sys
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

mails_dir, out, kind = sys.argv[1:]


def raw(n):
    """To the byte, as the email library would not have it; without git's first line."""
    with open(f"{mails_dir}/{n + 1:04}", "rb") as f:
        return f.read().split(b"\n", 1)[1]


def mail(n):
    return email.message_from_bytes(raw(n))


def text(field):
    return str(email.header.make_header(email.header.decode_header(field)))


def renamed(n, old, new):
    """The mail with another subject, and so another mail."""
    m = mail(n)
    subject = text(m["Subject"]).replace(old, new)
    del m["Subject"], m["Message-Id"]
    m["Subject"] = subject
    return m


def coded(n, how, charset):
    """As a mailer sends it that has its own ideas of encoding."""
    old, m = mail(n), email.message.Message()
    body = old.get_payload(decode=True).decode().encode(charset)
    m["Received"] = "from there by here"
    for name in ("From", "Subject", "Date", "Message-Id"):
        m[name] = email.header.Header(text(old[name]), charset)
    m["MIME-Version"] = "1.0"
    m["Content-Type"] = f"text/plain; charset={charset}"
    m["Content-Transfer-Encoding"] = how
    code = base64.encodebytes if how == "base64" else quopri.encodestring
    m.set_payload(code(body).decode())
    return m


def typed(n, content_type):
    m = renamed(n, f"{n}/3", "1/1")
    del m["Content-Type"]
    m["Content-Type"] = content_type
    return m


def parts(subtype, part):
    m = MIMEMultipart(subtype)
    m["From"], m["Subject"] = "a <a@b.c>", "[PATCH] x"
    m.attach(MIMEText("x"))
    m.attach(part)
    return m


def signed(n):
    """PGP/MIME: the patch is the first part."""
    old, m = mail(n), MIMEMultipart("signed", protocol="application/pgp-signature")
    for name in ("From", "Date", "Message-Id"):
        m[name] = old[name]
    m["Subject"] = text(old["Subject"]).replace(f"{n}/3", "1/1")
    m.attach(MIMEText(old.get_payload(decode=True).decode(), "plain", "utf-8"))
    signature = MIMEText("-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n")
    signature.replace_header("Content-Type", "application/pgp-signature; name=signature.asc")
    m.attach(signature)
    return m


KINDS = {
    "maildir": lambda: [raw(n) for n in range(4)],
    "mixed": lambda: [raw(n) for n in (2, 0, 3, 1, 2)],
    "coded": lambda: [coded(1, "quoted-printable", "iso-8859-1"), coded(2, "base64", "utf-8"),
                      coded(3, "quoted-printable", "utf-8")],
    "missing": lambda: [mail(n) for n in (0, 1, 3)],
    "versions": lambda: [mail(n) for n in (1, 2, 3)] + [renamed(2, "v2 ", "v3 ")],
    "old-too": lambda: [mail(1), mail(3), renamed(1, "v2 ", "v1 ")],
    "twice": lambda: [mail(1), mail(2), renamed(3, "3/3", "2/3")],
    "others": lambda: [mail(1), mail(2), renamed(3, "3/3", "3/4")],
    "cover": lambda: [mail(0)],
    "html": lambda: [typed(1, "text/html")],
    "charset": lambda: [typed(1, "text/plain; charset=x-none")],
    "alternative": lambda: [parts("alternative", MIMEText("<p>", "html"))],
    "image": lambda: [parts("mixed", MIMEImage(b"x", "png"))],
    "signed": lambda: [signed(1)],
}

made = [m if isinstance(m, bytes) else m.as_bytes() for m in KINDS[kind]()]
if kind == "maildir":
    for name in ("cur", "new", "tmp"):
        os.makedirs(f"{out}/{name}")
    for n, m in enumerate(made):
        with open(f"{out}/{('cur', 'new')[n % 2]}/{n}.host", "wb") as f:
            f.write(m)
else:
    with open(out, "wb") as f:
        for m in made:
            f.write(b"From x@example.org Thu Jan  1 00:00:00 1970\n" + m + b"\n")
