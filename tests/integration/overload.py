#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One client that floods a gatehoused with little room, over HTTP and over CoAP, and another one.

Usage: overload.py HTTP-URL COAP-URL PID

Both listeners are those of --dev. The daemon was started with a writer's queue of one request and
a readers' queue of one. Prints TAP. How much of the flood is refused depends on the machine; that
each request is answered, and how, does not.
"""
import collections
import http.client
import itertools
import json
import os
import select
import socket
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import coap_attacks as coap  # noqa: E402

CLIENTS = 48  # of the one that floods, with a request each at a time
ROUNDS = 400  # at most, until it was told to come back
LEAST = 20  # rounds at least, for what they leave behind
BODY = 16384
PATIENCE_S = 120
MAX_AGE = 14


def instance():
    return json.dumps({"m2m:cin": {"con": "x" * BODY}}).encode()


IDENTIFIERS = itertools.count()


def next_identifier():
    return "r%d" % next(IDENTIFIERS)


class Http:
    """Connections that each get all of a request before any answer is read."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.lines = [socket.create_connection(self.address) for _ in range(CLIENTS)]

    def send(self, method, target, headers, body=b""):
        for line in self.lines:
            text = "%s %s HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: Cnoisy\r\nX-M2M-RI: %s\r\n" \
                "X-M2M-RVI: 3\r\nContent-Length: %d\r\n%s\r\n" \
                % (method, target, next_identifier(), len(body), headers)
            line.sendall(text.encode() + body)

    def answers(self):
        for line in self.lines:
            line.settimeout(PATIENCE_S)
            answer = http.client.HTTPResponse(line)
            answer.begin()
            answer.read()
            yield (answer.status, answer.getheader("X-M2M-RSC"),
                   int(answer.getheader("Retry-After") or 0) > 0)

    def create(self):
        self.send("POST", "/gatehouse/open", "Content-Type: application/json;ty=4\r\n", instance())
        return self.answers()

    def discover(self):
        self.send("GET", "/gatehouse/open?fu=1&ty=4&lbl=none", "")
        return self.answers()

    def close(self):
        for line in self.lines:
            line.close()


class Coap:
    """As many peers, each with a port of its own. What is lost on the way is sent again: a
    duplicate is answered like the first."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.peers = [coap.Peer((parts.hostname, parts.port)) for _ in range(CLIENTS)]

    def create(self):
        options = [(coap.URI_PATH, b"gatehouse"), (coap.URI_PATH, b"open"), (coap.FROM, b"Cnoisy"),
                   (coap.RELEASE, b"3"), (coap.TYPE, b"\x04"), (coap.CONTENT_FORMAT, coap.JSON)]
        body = b'{"m2m:cin":{"con":"%s"}}' % (b"x" * 900)
        sent = {}
        for peer in self.peers:
            mid = coap.next_mid()
            own = [(coap.IDENTIFIER, next_identifier().encode())]
            sent[peer.socket] = coap.write(coap.CON, coap.POST, mid, b"tk", options + own, body)
        for line, octets in sent.items():
            line.send(octets)
        return self.answers(sent)

    @staticmethod
    def answers(sent):
        end = time.monotonic() + PATIENCE_S
        waiting = dict(sent)
        while waiting:
            assert time.monotonic() < end, "%d are not answered" % len(waiting)
            readable = select.select(list(waiting), [], [], 2)[0]
            if not readable:
                for line, octets in waiting.items():
                    line.send(octets)
            for line in readable:
                answer = coap.Message(line.recv(65536))
                if answer.token != b"tk":
                    continue  # an acknowledgement: the answer comes by itself
                if answer.kind == coap.CON:
                    line.send(coap.write(coap.ACK, 0, answer.mid, b"", []))
                del waiting[line]
                age = int.from_bytes(answer.options.get(MAX_AGE, [b""])[0], "big")
                yield coap.text_code(answer.code), str(answer.rsc()), age > 0

    def close(self):
        for peer in self.peers:
            peer.socket.close()


class Quiet(threading.Thread):
    """Who reads all the time, and writes as often as there is room."""

    def __init__(self, url):
        super().__init__()
        self.host = urllib.parse.urlsplit(url).netloc
        self.reads, self.writes = collections.Counter(), collections.Counter()
        self.over = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        headers = {"X-M2M-Origin": "Cquiet", "X-M2M-RI": "q", "X-M2M-RVI": "3"}
        # one after the other, so that one identifier serves for all
        while not self.over.is_set():
            connection.request("GET", "/gatehouse/open", headers=headers)
            answer = connection.getresponse()
            answer.read()
            self.reads[answer.status] += 1
            connection.request("POST", "/gatehouse/open", b'{"m2m:cin":{"con":"q"}}',
                               dict(headers, **{"Content-Type": "application/json;ty=4"}))
            answer = connection.getresponse()
            answer.read()
            self.writes[answer.status] += 1


class Cases:
    def __init__(self):
        self.n, self.failed = 0, 0

    def case(self, what, passed, why=""):
        self.n += 1
        self.failed += not passed
        print("%sok %d - %s" % ("" if passed else "not ", self.n, what))
        if not passed:
            print("#   %s" % (why,))
        sys.stdout.flush()


def flood(ask, refusal):
    """Rounds until somebody was refused, and some more: what was answered, and how often."""
    seen = collections.Counter()
    for number in range(ROUNDS):
        seen.update(ask())
        if number >= LEAST and seen[refusal] > 0:
            break
    return seen


def request(url, method, target, body=None, kind=0):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=PATIENCE_S)
    headers = {"X-M2M-Origin": "CAdmin", "X-M2M-RI": "a", "X-M2M-RVI": "3"}
    if kind:
        headers["Content-Type"] = "application/json;ty=%d" % kind
    connection.request(method, target, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def resident(pid):
    with open("/proc/%s/status" % pid, encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("VmRSS:")).split()[1]) * 1024


def is_instrumented(pid):
    """A sanitizer keeps what was freed."""
    with open("/proc/%s/maps" % pid, encoding="utf-8") as maps:
        return "san.so" in maps.read()


def prepare(url, cases):
    cases.case("a policy for all", request(url, "POST", "/gatehouse", json.dumps({"m2m:acp": {
        "rn": "all", "pv": {"acr": [{"acor": ["all"], "acop": 63}]},
        "pvs": {"acr": [{"acor": ["CAdmin"], "acop": 63}]}}}), 1) == 201)
    cases.case("a container for all", request(url, "POST", "/gatehouse", json.dumps({"m2m:cnt": {
        "rn": "open", "mni": 10, "acpi": ["gatehouse/all"]}}), 3) == 201)


def main():
    url, coap_url, pid = sys.argv[1:]
    cases = Cases()
    prepare(url, cases)
    before = resident(pid)
    quiet = Quiet(url)
    quiet.start()
    try:
        over_http, over_coap = Http(url), Coap(coap_url)
        told, room = (503, "5000", True), (201, "2001", False)
        seen = flood(over_http.create, told)
        cases.case("HTTP: who floods is told to come back", seen[told] > 0, seen)
        cases.case("HTTP: the others are created, and nothing else is answered",
                   seen[room] > 0 and set(seen) <= {told, room}, seen)
        seen = flood(over_http.discover, told)
        cases.case("HTTP: discoveries are too many, too", seen[told] > 0, seen)
        cases.case("HTTP: the others are answered",
                   set(seen) <= {told, (200, "2000", False)} and len(seen) == 2, seen)
        told, room = ("5.03", "5000", True), ("2.01", "2001", False)
        seen = flood(over_coap.create, told)
        cases.case("CoAP: who floods is told to come back", seen[told] > 0, seen)
        cases.case("CoAP: the others are created, and nothing else is answered",
                   seen[room] > 0 and {code[:2] for code in seen} <= {told[:2], room[:2]}, seen)
    finally:
        quiet.over.set()
        quiet.join()
    cases.case("another client reads as if nothing was", set(quiet.reads) == {200}, quiet.reads)
    cases.case("and writes, when there is room",
               quiet.writes[201] > 0 and set(quiet.writes) <= {201, 503}, quiet.writes)
    if not is_instrumented(pid):
        grown = resident(pid) - before
        cases.case("memory stays", grown < 64 << 20, "%d octets more" % grown)
    over_http.close()
    over_coap.close()
    again = [request(url, "POST", "/gatehouse/open", b'{"m2m:cin":{"con":"after"}}', 4)
             for _ in range(20)]
    cases.case("afterwards everything is taken again", set(again) == {201}, again)
    print("1..%d" % cases.n)
    return 1 if cases.failed else 0


if __name__ == "__main__":
    sys.exit(main())
