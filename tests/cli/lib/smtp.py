#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail server on the loopback interface that keeps what it gets.

usage: smtp.py DIR

Writes its port to DIR/port, each mail to DIR/0001, …, its envelope to DIR/0001.to. Ends
when DIR/stop is there. With DIR/refuse it refuses every mail, with DIR/hold all
wait but the first.
"""
import os
import socketserver
import sys
import time

place = sys.argv[1]


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def take(self, envelope):
        while os.path.exists(f"{place}/hold") and any(n.endswith(".to") for n in os.listdir(place)):
            time.sleep(0.05)
        self.say("354 go on")
        data = b""
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return
            data += line[1:] if line.startswith(b".") else line
        self.server.count += 1
        name = f"{place}/{self.server.count:04}"
        with open(name + ".to", "w") as f:
            f.write("".join(f"{who}\n" for who in envelope))
        with open(name, "wb") as f:
            f.write(data)
        self.say("250 kept")

    def handle(self):
        envelope = []
        self.say("220 here")
        for line in self.rfile:
            word = line.decode().strip()
            if word.upper().startswith("DATA"):
                self.take(envelope)
                envelope = []
            elif word.upper().startswith("QUIT"):
                return self.say("221 bye")
            elif word.upper().startswith("MAIL") and os.path.exists(f"{place}/refuse"):
                self.say("550 not today")
            else:
                if word.upper().startswith("RCPT"):
                    envelope.append(word.split(":", 1)[1].strip(" <>"))
                self.say("250 fine")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    count = 0


with Server(("127.0.0.1", 0), Session) as server:
    server.timeout = 0.2
    with open(f"{place}/port.new", "w") as f:
        f.write(str(server.server_address[1]))
    os.rename(f"{place}/port.new", f"{place}/port")
    while not os.path.exists(f"{place}/stop") and os.getppid() != 1:
        server.handle_request()
