#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Targets of notifications that are dead, silent, or answer nonsense, beside one that is well.

Usage: notify_targets.py BUILDDIR

Prints TAP. Each bad target accepts connections on a port of its own; what matters is that the good one is told of everything
in its order while they fail, that each failure is in the log with its reason, and that a killed daemon tells later what was
still waiting.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

HEADERS = {"X-M2M-Origin": "CTell", "X-M2M-RI": "r", "X-M2M-RVI": "3"}
GOOD = b"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n"
BAD = {
    "silent": None,
    "garbage": b"\x00\x01\x02 nothing that HTTP knows\r\n\r\n" * 3,
    "huge-header": b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 4000000 + b"\r\n\r\n",
    "cut": b"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 100\r\n\r\nshort",
    "hangs-up": b"",
}
# Its head says all that matters; the rest is not read.
LONG = b"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 400000000\r\n\r\n" + b"a" * 4000000


class Target:
    """Accepts for ever; answers with @answer, or never when that is None."""

    def __init__(self, answer):
        self.answer, self.contents, self.cond = answer, [], threading.Condition()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d/t" % self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        received = b""
        try:
            while True:
                while not (body := self.whole(received)):
                    octets = connection.recv(65536)
                    if not octets:
                        return
                    received += octets
                received = received[body[1]:]
                answer = self.answer
                if answer is None:
                    continue
                with self.cond:
                    self.contents.append(body[0])
                    self.cond.notify_all()
                connection.sendall(answer)
                if answer != GOOD:
                    connection.close()
                    return
        except OSError:
            return

    @staticmethod
    def whole(received):
        end = received.find(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", received)
        if end < 0 or not length or len(received) < end + 4 + int(length.group(1)):
            return None
        body = json.loads(received[end + 4:end + 4 + int(length.group(1))])
        return body["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"], end + 4 + int(length.group(1))

    def wait(self, contents, seconds):
        with self.cond:
            return self.cond.wait_for(lambda: self.unique()[:len(contents)] == contents, seconds)

    def unique(self):
        return list(dict.fromkeys(self.contents))


class Daemon:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            [os.path.join(self.build, "bindings/dbus/gatehoused"), "--dev", "--no-bus",
             "--set", "plugins.path=" + os.path.join(self.build, "plugins/uninstalled"),
             "--set", "store.path=" + os.path.join(self.folder, "store.db"),
             "--set", "notify.timeout=2", "--set", "http.listen=127.0.0.1:0", "--set", "coap.listen=127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            if found := re.match(r"listening on http://127\.0\.0\.1:(\d+)", line):
                self.http = http.client.HTTPConnection("127.0.0.1", int(found.group(1)), timeout=20)
            if line.startswith("ready"):
                return
        raise SystemExit("Bail out! the daemon did not start; its log is in " + self.folder)

    def kill(self, how):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def create(self, path, ty, content):
        headers = dict(HEADERS, **{"Content-Type": "application/json;ty=%d" % ty})
        self.http.request("POST", path, json.dumps(content), headers)
        answer = self.http.getresponse()
        answer.read()
        if answer.headers["X-M2M-RSC"] != "2001":
            raise SystemExit("Bail out! a create was answered " + answer.headers["X-M2M-RSC"])

    def logged(self, url):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            return [line for line in log if url in line and "reason=" in line]


def publish(daemon, first, last):
    contents = ["n%d" % i for i in range(first, last)]
    for content in contents:
        daemon.create("/~/gatehouse/gatehouse/tell/load", 4, {"m2m:cin": {"con": content}})
    return contents


def main():
    build = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="gatehouse-targets-")
    daemon, good = Daemon(build, folder), Target(GOOD)
    long = Target(LONG)
    bad = {name: Target(answer) for name, answer in BAD.items()}
    checks = []

    def check(what, holds):
        checks.append(bool(holds))
        print("%sok %d - %s" % ("" if holds else "not ", len(checks), what), flush=True)

    daemon.start()
    daemon.create("/~/gatehouse/gatehouse", 2, {"m2m:ae": {"rn": "tell", "api": "Ntell", "rr": True, "srv": ["3"]}})
    daemon.create("/~/gatehouse/gatehouse/tell", 3, {"m2m:cnt": {"rn": "load"}})
    for target in [*bad.values(), long, good]:
        daemon.create("/~/gatehouse/gatehouse/tell/load", 23,
                      {"m2m:sub": {"nu": [target.url], "enc": {"net": [3], "chty": [4]}}})
    sent = publish(daemon, 0, 50)
    check("the good one is told of everything in order beside the bad ones", good.wait(sent, 30))
    check("an answer whose content is too long is an answer", long.wait(sent, 60))
    for name, target in bad.items():
        for _ in range(200):
            if lines := daemon.logged(target.url):
                break
            threading.Event().wait(0.1)
        check("%s: its failure is logged with a reason" % name, lines)
    check("none of them is asked again and again", all(len(target.contents) < 20 for target in bad.values()))
    sent += publish(daemon, 50, 60)
    check("the good one is still told at once", good.wait(sent, 30) and long.wait(sent, 30))

    daemon.kill(signal.SIGKILL)
    for target in bad.values():
        target.answer, target.contents = GOOD, []
    daemon.start()
    for name, target in bad.items():
        check("%s: when it is well after a crash it is told of what waited" % name, target.wait(sent, 60))
    check("what was told is not told again out of order", good.unique() == sent)
    daemon.kill(signal.SIGTERM)
    print("1..%d" % len(checks))
    shutil.rmtree(folder, ignore_errors=True) if all(checks) else print("# the log is in " + folder)
    return 0 if all(checks) else 1


sys.exit(main())
