#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each policy of a subscription, seen from outside: a daemon, and sinks of HTTP and CoAP that are none of ours.

Usage: notify_policies.py BUILDDIR

Prints TAP.
"""
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE_S = 60
CSE = "/~/gatehouse/gatehouse"


class Inbox:
    """What a sink was told, and how it answers: with @status, or not while @shut."""

    def __init__(self):
        self.cond, self.told, self.status, self.open = threading.Condition(), [], "2000", threading.Event()
        self.relay = None  # sends it on, and returns the status of the answer
        self.open.set()

    def put(self, content, category):
        with self.cond:
            self.told.append((content, category, time.monotonic()))
            self.cond.notify_all()

    def take(self, n):
        """The first @n, which are taken out; less when they do not come."""
        with self.cond:
            self.cond.wait_for(lambda: len(self.told) >= n, PATIENCE_S)
            first, self.told = self.told[:n], self.told[n:]
            return first


class HttpSink(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), HttpAnswer)
        self.inboxes = {}
        self.redirect = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def inbox(self, name):
        self.inboxes[name] = Inbox()
        return self.inboxes[name], "http://127.0.0.1:%d/%s" % (self.server_port, name)


class HttpAnswer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        content = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        inbox = self.server.inboxes[self.path.split("/")[1]]
        inbox.put(content, self.headers.get("X-M2M-EC"))
        inbox.open.wait(PATIENCE_S)
        status = inbox.relay(content, self.headers.get("X-M2M-RI")) if inbox.relay else inbox.status
        if inbox.status == "redirect":
            self.send_response(302)
            self.send_header("Location", self.server.redirect)
        else:
            self.send_response(200)
            self.send_header("X-M2M-RSC", status)
        self.send_header("X-M2M-RI", self.headers.get("X-M2M-RI"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class CoapSink:
    """Answers every confirmable request with what @answer makes of its header and token."""

    def __init__(self, answer):
        self.inbox, self.answer = Inbox(), answer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.url = "coap://127.0.0.1:%d/t" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        seen = set()
        while True:
            octets, peer = self.socket.recvfrom(65536)
            first, code, message = struct.unpack("!BBH", octets[:4])
            token = octets[4:4 + (first & 15)]
            if first >> 4 != 4 or code == 0:
                continue
            if message not in seen and b"\xff{" in octets:
                seen.add(message)
                self.inbox.put(json.loads(octets[octets.index(b"\xff{") + 1:]), None)
            for answer in self.answer(message, token):
                self.socket.sendto(answer, peer)


def changed(message, token):
    """2.04 with ONEM2M-RSC 2000."""
    return [struct.pack("!BBH", 0x60 | len(token), 0x44, message) + token + b"\xd2\xfc\x07\xd0"]


NONSENSE = {
    "nothing": lambda message, token: [],
    "octets of no protocol": lambda message, token: [b"\xff" * 40],
    "a reset": lambda message, token: [struct.pack("!BBH", 0x70, 0, message)],
    "another token": lambda message, token: [struct.pack("!BBH", 0x68, 0x44, message) + b"12345678"],
    "a code that is none": lambda message, token: [
        struct.pack("!BBH", 0x60 | len(token), 0xff, message) + token],
    "more than it may": lambda message, token: [
        struct.pack("!BBH", 0x60 | len(token), 0x44, message) + token + b"\xff" + b"a" * 60000],
}


class Cse:
    def __init__(self, build, name="gatehouse"):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix="gatehouse-policies-")
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(
            [os.path.join(build, "bindings/dbus/gatehoused"), "--dev", "--no-bus",
             "--set", "plugins.path=" + os.path.join(build, "plugins/uninstalled"),
             "--set", "store.path=" + os.path.join(self.folder, "store.db"),
             "--set", "cse.id=" + name, "--set", "notify.timeout=10", "--set", "notify.verification-timeout=10",
             "--set", "http.listen=127.0.0.1:0", "--set", "coap.listen=127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.n = 0
        self.port = None
        for line in self.process.stdout:
            if found := re.match(r"listening on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found.group(1))
            if line.startswith("ready"):
                return
        raise SystemExit("Bail out! the daemon did not start; its log is in " + self.folder)

    def ask(self, method, path, content=None, ty=None, origin="CTell"):
        """Status and content of the answer."""
        self.n += 1
        headers = {"X-M2M-Origin": origin, "X-M2M-RI": "r%d" % self.n, "X-M2M-RVI": "3", "Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json" + (";ty=%d" % ty if ty else "")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.request(method, path, json.dumps(content) if content is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.headers["X-M2M-RSC"], json.loads(body) if body[:1] == b"{" else None

    def notify(self, ae, content, identifier):
        """In the name of the AE itself: its status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.request("POST", "/~/%s/%s" % (self.name, ae), json.dumps(content), {
            "X-M2M-Origin": ae, "X-M2M-RI": identifier, "X-M2M-RVI": "3", "Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.headers["X-M2M-RSC"]

    def create(self, path, ty, content, origin="CTell"):
        status, body = self.ask("POST", "/~/%s/gatehouse%s" % (self.name, path), content, ty, origin)
        if status != "2001":
            raise SystemExit("Bail out! a create was answered %s: %s" % (status, body))
        return next(iter(body.values()))

    def logged(self, *words):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
                if any(all(word in line for word in words) for line in log):
                    return True
            time.sleep(0.1)
        return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()


def cons(told):
    """The contents of what was told, an m2m:agn as a list."""
    def one(notification):
        representation = notification.get("nev", {}).get("rep", {})
        return representation.get("m2m:cin", representation).get("con")
    return [[one(part) for part in content["m2m:agn"]["m2m:sgn"]] if "m2m:agn" in content
            else one(content.get("m2m:sgn", {})) for content, _, _ in told]


class Tests:
    def __init__(self, build):
        self.build, self.other = build, None
        self.cse, self.sink, self.checks, self.n = Cse(build), HttpSink(), [], 0
        self.cse.create("", 2, {"m2m:ae": {"rn": "tell", "api": "Ntell", "rr": True, "srv": ["3"]}})

    def check(self, what, holds):
        self.checks.append(bool(holds))
        print("%sok %d - %s" % ("" if holds else "not ", len(self.checks), what), flush=True)

    def container(self):
        self.n += 1
        self.cse.create("/tell", 3, {"m2m:cnt": {"rn": "c%d" % self.n}})
        return "/tell/c%d" % self.n

    def subscribe(self, path, url, **members):
        members.setdefault("enc", {"net": [3], "chty": [4]})
        return self.cse.create(path, 23, {"m2m:sub": dict(members, nu=[url], rn="s")})

    def publish(self, path, *contents):
        for content in contents:
            self.cse.create(path, 4, {"m2m:cin": {"con": content}})

    def ae(self, name, url):
        return self.cse.create("", 2, {"m2m:ae": {"rn": name, "api": "N" + name, "rr": True, "srv": ["3"],
                                                  "poa": [url]}}, "C" + name)

    # each is told in the name of its checks

    def verification(self):
        inbox, url = self.sink.inbox("other")
        self.ae("Other", url)
        path = self.container()
        inbox.status = "4103"
        status, _ = self.cse.ask("POST", CSE + path, {"m2m:sub": {"nu": ["COther"], "rn": "s"}}, 23)
        (asked, _, _), = inbox.take(1)
        self.check("vrq: who is to be told is asked first, and may refuse",
                   status == "5204" and asked["m2m:sgn"]["vrq"] is True and asked["m2m:sgn"]["cr"] == "CTell")
        inbox.status = "2000"
        self.subscribe(path, "COther")
        self.publish(path, "one")
        self.check("vrq: who agrees is told", cons(inbox.take(2)) == [None, "one"])

    def expiration_counter(self):
        inbox, url = self.sink.inbox("exc")
        end, end_url = self.sink.inbox("end")
        path = self.container()
        self.subscribe(path, url, exc=2, su=end_url)
        self.publish(path, "one", "two", "three")
        self.check("exc: as many are told as it counts", cons(inbox.take(2)) == ["one", "two"])
        (told, _, _), = end.take(1)
        self.check("exc: then the subscription ends, and su is told",
                   told["m2m:sgn"]["sud"] is True and self.cse.ask("GET", CSE + path + "/s")[0] == "4004")

    def pending(self):
        everything, always = ["* * * * * * *"], None
        for pn, expected, category in ((2, ["one", "two", "three"], None), (1, ["three"], "4")):
            inbox, url = self.sink.inbox("pn%d" % pn)
            path = self.container()
            self.subscribe(path, url, pn=pn)
            always = {"m2m:sch": {"se": {"sce": everything}}}
            shut = "* * * 1 %d * *" % (time.gmtime(time.time() + 200 * 86400).tm_mon)
            self.cse.create(path + "/s", 18, {"m2m:sch": {"rn": "when", "se": {"sce": [shut]}}})
            self.publish(path, "one", "two", "three")
            self.cse.ask("PUT", CSE + path + "/s/when", always)
            told = inbox.take(len(expected))
            self.check("pn %d: what its schedule kept back comes when it opens" % pn,
                       cons(told) == expected and told[-1][1] == category)

    def latest(self):
        inbox, url = self.sink.inbox("ln")
        path = self.container()
        self.subscribe(path, url, ln=True)
        inbox.open.clear()
        self.publish(path, "one")
        first = inbox.take(1)
        self.publish(path, "two", "three", "four")
        inbox.open.set()
        told = inbox.take(1)
        self.check("ln: of those that wait only the newest is told, as such",
                   cons(first) == ["one"] and cons(told) == ["four"] and told[0][1] == "4")

    def rate(self):
        inbox, url = self.sink.inbox("rl")
        path = self.container()
        self.subscribe(path, url, rl={"mnn": 1, "tww": "PT3S"})
        self.publish(path, "one", "two", "three")
        told = inbox.take(3)
        apart = [b[2] - a[2] for a, b in zip(told, told[1:])]
        self.check("rl: all are told, in their order, one in a window",
                   cons(told) == ["one", "two", "three"] and all(seconds > 1 for seconds in apart))

    def batch(self):
        inbox, url = self.sink.inbox("bn")
        path = self.container()
        self.subscribe(path, url, bn={"num": 3, "dur": "PT60S"})
        self.publish(path, "one", "two", "three", "four")
        self.check("bn: as many as it counts come together", cons(inbox.take(1)) == [["one", "two", "three"]])

    # [what stands in enc, contents that are told of "a", "four" and "b"]: their sizes are 1, 4 and 1, their stateTags
    # 1, 2 and 3, and they expire in 2050, 2060 and 2070
    CRITERIA = (
        ("crb", {"crb": "20990101T000000"}, ["a", "four", "b"]), ("crb", {"crb": "20000101T000000"}, []),
        ("cra", {"cra": "20000101T000000"}, ["a", "four", "b"]), ("cra", {"cra": "20990101T000000"}, []),
        ("ms", {"ms": "20000101T000000"}, ["a", "four", "b"]), ("ms", {"ms": "20990101T000000"}, []),
        ("us", {"us": "20990101T000000"}, ["a", "four", "b"]), ("us", {"us": "20000101T000000"}, []),
        ("sts", {"sts": 2}, ["a"]), ("stb", {"stb": 2}, ["b"]),
        ("exb", {"exb": "20550101T000000"}, ["a"]), ("exa", {"exa": "20550101T000000"}, ["four", "b"]),
        ("sza", {"sza": 4}, ["four"]), ("szb", {"szb": 4}, ["a", "b"]),
        ("fo 1", {"sza": 4, "stb": 2, "fo": 1}, []), ("fo 2", {"sza": 4, "stb": 2, "fo": 2}, ["four", "b"]),
        ("chty", {"chty": [3]}, []), ("net", {"net": [1, 2, 4]}, []),
    )

    def criteria(self):
        inbox, url = self.sink.inbox("enc")
        end = self.container()
        self.subscribe(end, url)
        for name, enc, expected in self.CRITERIA:
            path = self.container()
            self.subscribe(path, url, enc={"net": [3], **enc})
            for content, year in (("a", 2050), ("four", 2060), ("b", 2070)):
                self.cse.create(path, 4, {"m2m:cin": {"con": content, "et": "%d0101T000000" % year}})
            # to one target in the order of the changes: what comes before the end is all there is
            self.publish(end, "end")
            told = cons(inbox.take(len(expected) + 1))
            self.check("enc %s: %s" % (name, json.dumps(enc)), told == [*expected, "end"])

    def events(self):
        inbox, url = self.sink.inbox("net")
        path = self.container()
        self.cse.create(path, 23, {"m2m:sub": {"nu": [url], "rn": "s", "enc": {"net": [1], "atr": ["lbl"]}}})
        self.cse.create(path, 23, {"m2m:sub": {"nu": [url], "rn": "t", "nec": 103, "enc": {
            "net": [2, 3, 4], "chty": [3]}}})
        self.cse.create(path, 3, {"m2m:cnt": {"rn": "child"}})
        self.publish(path, "not told")
        self.cse.ask("PUT", CSE + path, {"m2m:cnt": {"mni": 9}})
        self.cse.ask("PUT", CSE + path, {"m2m:cnt": {"lbl": ["told"]}})
        self.cse.ask("DELETE", CSE + path + "/child")
        self.cse.ask("DELETE", CSE + path)
        told = inbox.take(4)
        self.check("net 1 to 4, atr, chty: each is told, and nothing else",
                   [content["m2m:sgn"]["nev"]["net"] for content, _, _ in told] == [3, 1, 4, 2])
        self.check("nec: is told with it", [category for _, category, _ in told] == ["103", None, "103", "103"])

    def content_types(self):
        path = self.container()
        for nct, shows in ((1, lambda rep: rep["m2m:cnt"]["rn"] == path.split("/")[-1]),
                           (2, lambda rep: rep["m2m:cnt"]["lbl"] == ["new"] and "rn" not in rep["m2m:cnt"]),
                           (3, lambda rep: path in rep["m2m:uri"] or rep["m2m:uri"].split("/")[-1].startswith("cnt-"))):
            inbox, url = self.sink.inbox("nct%d" % nct)
            self.cse.create(path, 23, {"m2m:sub": {"nu": [url], "rn": "s%d" % nct, "nct": nct,
                                                   "enc": {"net": [1]}}})
            self.cse.ask("PUT", CSE + path, {"m2m:cnt": {"lbl": ["new"]}})
            (content, _, _), = inbox.take(1)
            self.check("nct %d" % nct, shows(content["m2m:sgn"]["nev"]["rep"]))

    def monitor(self):
        inbox, url = self.sink.inbox("om")
        path = self.container()
        self.subscribe(path, url, enc={"om": [{"ops": 6, "or": "CStranger"}]})
        status, _ = self.cse.ask("GET", CSE + path, origin="CStranger")
        (content, _, _), = inbox.take(1)
        self.check("om: a request that was refused is told, with who it was",
                   status == "4103" and content["m2m:sgn"]["nev"]["om"] == {"op": 2, "or": "CStranger"})

    def empty(self):
        inbox, url = self.sink.inbox("empty")
        path = self.container()
        self.subscribe(path, url, enc={"net": [5]})

        def fill(*_):
            self.publish(path, "filled")
            return "2000"
        inbox.relay = fill
        status, body = self.cse.ask("GET", CSE + path + "?rcn=4")
        self.check("net 5: who is told that it is empty fills it, and the retrieve has it",
                   status == "2000" and "filled" in json.dumps(body) and len(inbox.take(1)) == 1)

    def old_batch(self):
        inbox, url = self.sink.inbox("dur")
        path = self.container()
        self.subscribe(path, url, bn={"dur": "PT2S"})
        self.publish(path, "one", "two")
        told = []
        while len(told) < 2 and (batch := cons(inbox.take(1))):
            told += batch[0]
        self.check("bn: what is old goes, however few there are", told == ["one", "two"])

    def past_of_others(self):
        """A subscriber that had no right yet when it happened."""
        inbox, url = self.sink.inbox("secret")
        path = self.container()
        acp = self.cse.create("/tell", 1, {"m2m:acp": {
            "rn": "late", "pv": {"acr": [{"acor": ["CTell", "CLate"], "acop": 63}]},
            "pvs": {"acr": [{"acor": ["CTell"], "acop": 63}]}}})
        self.publish(path, "secret")
        self.cse.ask("PUT", CSE + path, {"m2m:cnt": {"acpi": [acp["ri"]]}})
        self.publish(path, "open")
        self.cse.create(path, 23, {"m2m:sub": {"nu": [url], "psn": 9, "enc": {"net": [3], "chty": [4]}}}, "CLate")
        self.publish(path, "new")
        self.check("psn: what one had no right to see then is not told now", cons(inbox.take(2)) == ["open", "new"])

    def past(self):
        inbox, url = self.sink.inbox("psn")
        path = self.container()
        self.publish(path, "one", "two", "three")
        self.subscribe(path, url, psn=2)
        self.publish(path, "four")
        self.check("psn: the newest of before are told first", cons(inbox.take(3)) == ["two", "three", "four"])

    def group(self):
        inbox, url = self.sink.inbox("nfu")
        members = [self.container(), self.container()]
        self.cse.create("/tell", 9, {"m2m:grp": {"rn": "g", "mnm": 2, "mid": ["gatehouse" + m for m in members],
                                                 "nar": {"num": 2, "dur": "PT60S"}}})
        self.cse.ask("POST", CSE + "/tell/g/fopt",
                     {"m2m:sub": {"nu": [url], "nfu": url, "enc": {"net": [3], "chty": [4]}}}, 23)
        for member, content in zip(members, ("one", "two")):
            self.publish(member, content)
        self.check("nfu: what members tell comes together", cons(inbox.take(1)) == [["one", "two"]])

    def blocking(self):
        inbox, url = self.sink.inbox("blocker")
        self.ae("Blocker", url)
        path = self.container()
        acp = self.cse.create("/tell", 1, {"m2m:acp": {
            "rn": "both", "pv": {"acr": [{"acor": ["CTell", "CBlocker"], "acop": 63}]},
            "pvs": {"acr": [{"acor": ["CTell"], "acop": 63}]}}})
        self.cse.ask("PUT", CSE + path, {"m2m:cnt": {"acpi": [acp["ri"]]}})
        self.subscribe(path, "CBlocker", enc={"net": [7]})
        inbox.take(1)
        answers = []
        for status in ("2000", "4103"):
            inbox.status = status
            answers.append(self.cse.ask("PUT", CSE + path, {"m2m:cnt": {"lbl": [status]}})[0])
        inbox.open.clear()
        answers.append(self.cse.ask("PUT", CSE + path, {"m2m:cnt": {"lbl": ["silent"]}})[0])
        inbox.open.set()
        _, after = self.cse.ask("GET", CSE + path)
        self.check("net 7: an update is done when its target agrees, and not when it refuses or is silent",
                   answers == ["2004", "4127", "5107"] and after["m2m:cnt"]["lbl"] == ["2000"])

    def coap(self):
        good, bad = CoapSink(changed), {name: CoapSink(answer) for name, answer in NONSENSE.items()}
        path = self.container()
        for i, sink in enumerate([*bad.values(), good]):
            self.cse.create(path, 23, {"m2m:sub": {"nu": [sink.url], "rn": "s%d" % i,
                                                   "enc": {"net": [3], "chty": [4]}}})
        contents = ["n%d" % i for i in range(20)]
        self.publish(path, *contents)
        self.check("coap: a target is told in order, beside others that answer nonsense",
                   cons(good.inbox.take(20)) == contents)
        for name, sink in bad.items():
            self.check("coap: who answers %s has failed, which is logged" % name,
                       self.cse.logged(sink.url, "reason="))

    def redirects(self):
        inbox, url = self.sink.inbox("redirects")
        elsewhere, self.sink.redirect = self.sink.inbox("elsewhere")
        mark, mark_url = self.sink.inbox("mark")
        inbox.status = "redirect"
        path = self.container()
        self.subscribe(path, url)
        self.cse.create(path, 23, {"m2m:sub": {"nu": [mark_url], "enc": {"net": [3], "chty": [4]}}})
        self.publish(path, "one", "two")
        self.check("a redirection is an answer, and not followed",
                   cons(mark.take(2)) == ["one", "two"] and cons(inbox.take(1)) == ["one"] and not elsewhere.told)

    def own_address(self):
        """The CSE itself, by its URL, as target, and as the address of an AE that is told."""
        own = "http://127.0.0.1:%d" % self.cse.port
        path, mark_path = self.container(), self.container()
        mark, mark_url = self.sink.inbox("own")
        self.subscribe(path, own + CSE + path)
        self.ae("Mirror", own)
        self.cse.create(mark_path, 23, {"m2m:sub": {"nu": [mark_url], "enc": {"net": [3], "chty": [4]}}})
        status, _ = self.cse.ask("POST", CSE + mark_path, {"m2m:sub": {"nu": ["CMirror"], "rn": "s"}}, 23)
        self.publish(path, "one")
        self.publish(mark_path, "two")
        refused = self.cse.logged("a target refuses what it is told", own + CSE + path)
        _, after = self.cse.ask("GET", CSE + path)
        self.check("a container that is told of itself refuses, which is logged, and grows by nothing",
                   refused and after["m2m:cnt"]["cni"] == 1)
        self.check("an AE whose address is the CSE confirms nothing, and stops nobody",
                   status == "5204" and cons(mark.take(1)) == ["two"])

    def circle(self):
        """An AE here hands what it is told to one of another CSE, and that one back, as a faithful forwarder would."""
        here, here_url = self.sink.inbox("here")
        there, there_url = self.sink.inbox("there")
        mark, mark_url = self.sink.inbox("after")
        other = self.other = Cse(self.build, "other")
        self.ae("Here", here_url)
        other.create("", 2, {"m2m:ae": {"rn": "There", "api": "Nthere", "rr": True, "srv": ["3"],
                                        "poa": [there_url]}}, "CThere")
        path = self.container()
        self.subscribe(path, "CHere")
        here.take(1)
        here.relay = lambda content, identifier: other.notify("CThere", content, identifier)
        there.relay = lambda content, identifier: self.cse.notify("CHere", content, identifier)
        self.publish(path, "one")
        first = cons(here.take(2))
        self.cse.create(path, 23, {"m2m:sub": {"nu": [mark_url], "enc": {"net": [3], "chty": [4]}}})
        here.relay = None
        self.publish(path, "two")
        told = cons(here.take(1)), cons(mark.take(1)), cons(there.take(1))
        self.check("a circle of two CSEs ends where a request meets itself: each is told once more at most",
                   first == ["one", "one"] and told == (["two"], ["two"], ["one"]) and not here.told
                   and not there.told)
        other.stop()
        shutil.rmtree(other.folder, ignore_errors=True)

    def run(self):
        for test in (self.criteria, self.events, self.content_types, self.monitor, self.empty, self.old_batch,
                     self.past_of_others, self.verification, self.expiration_counter, self.pending, self.latest,
                     self.rate, self.batch, self.past, self.group, self.blocking, self.coap, self.redirects,
                     self.own_address, self.circle):
            test()
        self.cse.stop()
        print("1..%d" % len(self.checks))
        if all(self.checks):
            shutil.rmtree(self.cse.folder, ignore_errors=True)
            return 0
        print("# the log is in " + self.cse.folder)
        return 1


tests = Tests(os.path.abspath(sys.argv[1]))
try:
    CODE = tests.run()
finally:
    for cse in (tests.cse, tests.other):
        if cse and cse.process.poll() is None:
            cse.process.kill()
sys.exit(CODE)
