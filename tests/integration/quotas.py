#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Originators that try to have more in the store than [quota] lets them, over HTTP and CoAP.

Usage: quotas.py attack|again HTTP-URL COAP-URL

Both listeners are those of --dev; the bounds are RESOURCES, OCTETS and SUBSCRIPTIONS. "again" is for
the same store after a restart. Prints TAP without a plan.
"""
import collections
import http.client
import itertools
import json
import os
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import coap_attacks as coap  # noqa: E402

RESOURCES = 20
OCTETS = 60000
SUBSCRIPTIONS = 2
CLIENTS = 12  # connections at a time
EACH = 6  # requests of each
PATIENCE_S = 120
CONTAINER, INSTANCE, GROUP, SUBSCRIPTION = 3, 4, 9, 23
DONE, FULL = "2001", "5207"
IDENTIFIERS = itertools.count()
NAMES = {CONTAINER: "m2m:cnt", INSTANCE: "m2m:cin", GROUP: "m2m:grp", SUBSCRIPTION: "m2m:sub",
         1: "m2m:acp", 2: "m2m:ae"}


class Http:
    def __init__(self, url):
        self.line = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc,
                                               timeout=PATIENCE_S)

    def ask(self, method, who, path, kind=0, attributes=None, name=None):
        headers = {"X-M2M-Origin": who, "X-M2M-RI": "h%d" % next(IDENTIFIERS), "X-M2M-RVI": "3"}
        body = None
        if attributes is not None:
            headers["Content-Type"] = "application/json" + (";ty=%d" % kind if kind else "")
            body = json.dumps({name or NAMES[kind]: attributes})
        self.line.request(method, "/" + path, body, headers)
        answer = self.line.getresponse()
        self.body = answer.read()
        return answer.getheader("X-M2M-RSC")

    def create(self, who, path, kind, attributes):
        return self.ask("POST", who, path, kind, attributes)

    def close(self):
        self.line.close()


class Coap:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.peer = coap.Peer((parts.hostname, parts.port))

    def create(self, who, path, kind, attributes):
        body = json.dumps({NAMES[kind]: attributes}).encode()
        token = b"%d" % next(IDENTIFIERS)
        options = [(coap.URI_PATH, part.encode()) for part in path.split("/")]
        options += [(coap.FROM, who.encode()), (coap.IDENTIFIER, b"c%d" % next(IDENTIFIERS)),
                    (coap.RELEASE, b"3"), (coap.TYPE, bytes([kind])),
                    (coap.CONTENT_FORMAT, coap.JSON)]
        octets = coap.write(coap.CON, coap.POST, coap.next_mid(), token, options, body)
        answer, end = None, time.monotonic() + PATIENCE_S
        # a duplicate is answered like the first, and carried out once
        self.peer.send(octets)
        while answer is None or answer.token != token:
            answer = self.peer.get(2)
            if answer is None:
                assert time.monotonic() < end, "no answer"
                self.peer.send(octets)
        if answer.kind == coap.CON:
            self.peer.send(coap.write(coap.ACK, 0, answer.mid, b"", []))
        return str(answer.rsc())

    def close(self):
        self.peer.socket.close()


def race(makers, who, path, kind, attributes):
    """All at a time, each over a connection of its own: how often what was answered."""
    start = threading.Barrier(len(makers))
    seen, lock = collections.Counter(), threading.Lock()

    def run(maker):
        line = maker()
        start.wait()
        for _ in range(EACH):
            answer = line.create(who, path, kind, attributes)
            with lock:
                seen[answer] += 1
        line.close()

    threads = [threading.Thread(target=run, args=(maker,)) for maker in makers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(seen)


def expected(done):
    return {DONE: done, FULL: CLIENTS * EACH - done}


class Cases:
    def __init__(self):
        self.failed = False

    def case(self, what, got, wanted):
        passed = got == wanted
        self.failed = self.failed or not passed
        print("%sok - %s" % ("" if passed else "not ", what))
        if not passed:
            print("#   %s, not %s" % (got, wanted))
        sys.stdout.flush()


def prepare(admin):
    policy = {"rn": "all", "pv": {"acr": [{"acor": ["all"], "acop": 63}]},
              "pvs": {"acr": [{"acor": ["CAdmin"], "acop": 63}]}}
    made = [admin.create("CAdmin", "gatehouse", 1, policy),
            admin.create("CAdmin", "gatehouse", CONTAINER, {"rn": "open", "acpi": ["gatehouse/all"]})]
    for name in ("one", "two", "group", "grow", "tell"):
        made.append(admin.create("C" + name, "gatehouse", 2, {
            "rn": name, "api": "N" + name, "rr": True, "srv": ["3"], "acpi": ["gatehouse/all"]}))
    return made


def grow(admin):
    """Labels that become longer, until there is no room: how long they were, and the last answer."""
    admin.create("Cgrow", "gatehouse/grow", CONTAINER, {"rn": "long", "acpi": ["gatehouse/all"]})
    size, answer = 1000, "2004"
    while answer == "2004" and size < 2 * OCTETS:
        size += 8000
        answer = admin.ask("PUT", "Cgrow", "gatehouse/grow/long", 0,
                           {"lbl": ["x" * 1000 + str(i) for i in range(size // 1000)]}, "m2m:cnt")
    return size, answer


def fan_out(admin):
    """By somebody else, into containers of one who is at his bound."""
    admin.create("Cgroup", "gatehouse/group", GROUP, {
        "rn": "all", "mt": CONTAINER, "mnm": 4, "mid": ["gatehouse/one/into", "gatehouse/two/into"]})
    answer = admin.create("Cgroup", "gatehouse/group/all/fopt", INSTANCE, {"con": "x"})
    text = admin.body.decode()
    return answer, sorted(str(one["rsc"]) for one in json.loads(text)["m2m:agr"]["m2m:rsp"])


def attack(url, coap_url, cases):
    admin = Http(url)
    http_line, coap_line = lambda: Http(url), lambda: Coap(coap_url)
    cases.case("policies, containers and <AE>s", set(prepare(admin)), {DONE})
    for name in ("one", "two"):
        admin.create("C" + name, "gatehouse/" + name, CONTAINER,
                     {"rn": "into", "acpi": ["gatehouse/all"]})
    # <AE> and container are there
    seen = race([http_line] * CLIENTS, "Cone", "gatehouse/one", CONTAINER, {})
    cases.case("HTTP: connections of one AE have one bound", seen, expected(RESOURCES - 2))
    seen = race([coap_line] * CLIENTS, "Ctwo", "gatehouse/two", CONTAINER, {})
    cases.case("CoAP: peers of one AE have one bound", seen, expected(RESOURCES - 2))
    both = [http_line, coap_line] * (CLIENTS // 2)
    seen = race(both, "Cthree", "gatehouse/open", INSTANCE, {"con": "x"})
    cases.case("both: who fills what is shared pays", seen, expected(RESOURCES))
    seen = race(both, "Cfour", "gatehouse/open", INSTANCE, {"con": "x"})
    cases.case("and takes nothing of another", seen, expected(RESOURCES))
    seen = race(both, "Ctell", "gatehouse/tell", SUBSCRIPTION, {"nu": ["Ctell"]})
    cases.case("both: subscriptions", seen, expected(SUBSCRIPTIONS))
    cases.case("a group is no way into what is full", fan_out(admin), ("2000", [FULL, FULL]))
    size, answer = grow(admin)
    cases.case("updates that grow", (size <= OCTETS + 8000, answer), (True, FULL))
    cases.case("another's delete gives back",
               (admin.ask("DELETE", "CAdmin", "gatehouse/open/ol"),
                admin.ask("DELETE", "CAdmin", "gatehouse/one/into")), ("2002", "2002"))
    cases.case("to whom it counted for, and no more",
               tuple(admin.create("Cone", "gatehouse/one", CONTAINER, {}) for _ in range(2)),
               (DONE, FULL))
    cases.case("in what is shared, to its writer", tuple(admin.create(who, "gatehouse/open", INSTANCE, {"con": "x"})
                                       for who in ("Cthree", "Cthree", "Cfour")),
               (DONE, FULL, FULL))
    cases.case("the administrator is refused nothing",
               admin.create("CAdmin", "gatehouse/open", INSTANCE, {"con": "x"}), DONE)
    admin.close()


def again(url, _, cases):
    admin = Http(url)
    refused = [admin.create("Cone", "gatehouse/one", CONTAINER, {}),
               admin.create("Ctwo", "gatehouse/two", CONTAINER, {}),
               admin.create("Cthree", "gatehouse/open", INSTANCE, {"con": "x"}),
               admin.create("Cfour", "gatehouse/open", INSTANCE, {"con": "x"}),
               admin.create("Ctell", "gatehouse/tell", SUBSCRIPTION, {"nu": ["Ctell"]})]
    cases.case("after a restart all are at their bounds", refused, [FULL] * 5)
    cases.case("what is shared goes", admin.ask("DELETE", "CAdmin", "gatehouse/open"), "2002")
    admin.create("CAdmin", "gatehouse", CONTAINER, {"rn": "again", "acpi": ["gatehouse/all"]})
    seen = race([lambda: Http(url)] * CLIENTS, "Cthree", "gatehouse/again", INSTANCE, {"con": "x"})
    cases.case("and gives everybody back what he had", seen, expected(RESOURCES))
    admin.close()


def main():
    what, url, coap_url = sys.argv[1:]
    cases = Cases()
    {"attack": attack, "again": again}[what](url, coap_url, cases)
    return 1 if cases.failed else 0


if __name__ == "__main__":
    sys.exit(main())
