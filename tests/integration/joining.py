# SPDX-License-Identifier: LGPL-2.1-or-later
"""One IN, two MN and a third below one of them, with AEs behind: joined over https and coaps with
keys, links cut and healed, daemons killed."""
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading

import field
from field import Cse, until

AE = {"m2m:ae": {"rn": "ae", "api": "Ntest", "rr": True, "srv": ["3"]}}
OPEN = {"m2m:acp": {"rn": "open", "pv": {"acr": [{"acor": ["all"], "acop": 63}]},
                    "pvs": {"acr": [{"acor": ["CAdmin"], "acop": 63}]}}}


def expect(answer, *codes):
    if answer[0] not in codes:
        raise AssertionError("RSC %d, not %s: %s" % (answer[0], codes, answer[1]))
    return answer


class Admin:
    def __init__(self, cse):
        self.cse = cse
        cse.key("admin@localhost", "--administrator")

    def __call__(self, method, path, body=None, resource_type=None):
        return self.cse.ask("admin@localhost", "CAdmin", method, path, body, resource_type)


class Listener:
    """An AE that is notified, over plain http."""

    def __init__(self, address):
        self.seen = []
        self.answer = None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.seen.append(json.loads(body))
                self.send_response(200)
                self.send_header("X-M2M-RSC", "2000")
                self.send_header("X-M2M-RI", self.headers.get("X-M2M-RI", ""))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                body = json.dumps(outer.answer).encode()
                self.send_response(200)
                self.send_header("X-M2M-RSC", "2000")
                self.send_header("X-M2M-RI", self.headers.get("X-M2M-RI", ""))
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def contents(self):
        found = []
        for body in self.seen:
            note = body.get("m2m:sgn", {}).get("nev", {}).get("rep", {}).get("m2m:cin")
            if note:
                found.append(note["con"])
        return found


def descendants(admin, name):
    _, content, _ = admin("GET", "/gatehouse/" + name)
    return (content or {}).get("m2m:csr", {}).get("dcse")


class Scenario:
    def __init__(self, tests, world):
        self.t, self.field = tests, world
        for host in ("in", "mn1", "mn2", "mn3"):
            world.host(host)
        in1, mn1 = world.link("in", "mn1", 1)
        in2, mn2 = world.link("in", "mn2", 2)
        up3, mn3 = world.link("mn1", "mn3", 3)
        if world.namespaces:
            # the IN answers on both its addresses; each MN knows the one of its own link
            field.run(*world.within("mn2"), "ip", "route", "add", "10.77.1.0/24", "via", in2)
            field.run(*world.within("mn3"), "ip", "route", "add", "10.77.1.0/24", "via", up3)
        self.inc = Cse(world, "in", "in", in1, 18443)
        self.mn1 = Cse(world, "mn1", "mn1", mn1, 18444)
        self.mn2 = Cse(world, "mn2", "mn2", mn2, 18445, "coaps")
        self.mn3 = Cse(world, "mn3", "mn3", mn3, 18446)
        if world.namespaces:
            field.run(*world.within("in"), "ip", "route", "add", "10.77.3.0/24", "via", mn1)
        self.in_coaps = "coaps://%s:18453" % in1
        self.relays = ("%s:18463" % in2, "%s:18465" % mn2)

    def misconfigured(self):
        """A start that would not be repeated is refused, with the key that is wrong."""
        for option, reason in (("cse.poa=https://a https://b", "[cse] poa"),
                               ("registrar.cse-id=in", "[registrar] cse-id"),
                               ("registrar.cse-id=/gatehouse", "[registrar] cse-id"),
                               ("registrar.cse-id=/in", "[registrar] urls"),
                               ("registrar.cse-id=/in + registrar.urls=https://a + cse.type=in",
                                "[cse] type")):
            words = [w for o in option.split(" + ") for w in ("--set", o)]
            done = subprocess.run(
                [field.GATEHOUSED, "--dev", "--set", "store.type=memory", "--set",
                 "plugins.path=" + field.TOP + "/plugins/uninstalled", "--set",
                 "http.listen=127.0.0.1:0", "--set", "coap.listen=127.0.0.1:0"] + words,
                env=self.inc.environment, capture_output=True, text=True, timeout=60)
            if done.returncode == 0 or reason not in done.stderr:
                raise AssertionError("%s: %s" % (option, done.stderr[-500:]))

    def start_in(self):
        self.inc.start("coap.listen-secure=" + self.in_coaps.split("//")[1],
                       "cse.poa=%s;%s" % (self.inc.url, self.in_coaps))

    def join(self, cse, other, url, *options, here=(), there=()):
        """The steps of docs/joining.md; here, there: other addresses that the key is shown to."""
        cse.start()
        subject = "%s-%s@example.org" % (cse.name, other.name)
        targets = ["--target=" + a for a in (cse.authority,) + tuple(there)]
        secret = other.key(subject, "-i", "/" + cse.name, *targets)
        targets = ["--target=" + a for a in (url.split("//")[1],) + tuple(here)]
        cse.ghctl("credential", "add", subject, "-i", "/" + other.name, *targets,
                  input=secret + "\n")
        cse.stop()
        cse.start("registrar.cse-id=/" + other.name, "registrar.urls=" + url, "registrar.retry=1",
                  "registrar.poll=1", *options)

    # registration

    def joining(self):
        t = self.t
        t.check("what cannot be is refused at the start", self.misconfigured)
        self.start_in()
        self.join(self.mn1, self.inc, self.inc.url)
        self.join(self.mn2, self.inc, self.in_coaps, here=[self.relays[0]],
                  there=[self.relays[1]])
        t.check("an MN registers over https", until, "mn1", self.mn1.is_registered)
        t.check("another one over coaps", until, "mn2", self.mn2.is_registered)
        self.admin = Admin(self.inc)
        self.admin1, self.admin2 = Admin(self.mn1), Admin(self.mn2)
        t.check("the IN knows where it is",
                lambda: expect(self.admin("GET", "/gatehouse/mn1"), 2000)[1]["m2m:csr"]["poa"]
                == [self.mn1.url])
        t.check("and the MN what the IN is",
                lambda: expect(self.admin1("GET", "/gatehouse/registrar-in"), 2000)[1]["m2m:csr"]
                ["csi"] == "/in")
        self.join(self.mn3, self.mn1, self.mn1.url, "registrar.deregister=yes", "cse.type=asn")
        t.check("a third registers with the first", until, "mn3", self.mn3.is_registered)
        t.check("which sees that it is an ASN",
                lambda: expect(self.admin1("GET", "/gatehouse/mn3"), 2000)[1]["m2m:csr"]["cst"]
                == 3)
        t.check("and the IN is told", until, "dcse",
                lambda: descendants(self.admin, "mn1") == ["/mn3"])

    def impostors(self):
        t = self.t
        subject = "mn1-in@example.org"
        csr = {"m2m:csr": {"csi": "/mn2", "cb": "/mn2/x", "rr": False, "srv": ["3"]}}
        ask = self.inc.ask
        t.check("a CSE is not another one", lambda: expect(
            ask(subject, "/mn2", "POST", "/gatehouse", csr, 16), 4106))
        t.check("nor registers as one", lambda: expect(
            ask(subject, "/mn1", "POST", "/gatehouse", csr, 16), 4000, 4117))
        t.check("nor speaks for the AEs of one", lambda: expect(
            ask(subject, "/mn2/Cae", "GET", "/gatehouse"), 4106))
        t.check("nor for the administrator", lambda: expect(
            ask(subject, "/in/CAdmin", "GET", "/gatehouse"), 4106))
        t.check("but for its own, who then have no rights", lambda: expect(
            ask(subject, "/mn1/Cae", "GET", "/gatehouse"), 4103))
        t.check("and those below it", lambda: expect(
            ask(subject, "/mn3/Cae", "GET", "/gatehouse"), 4103))
        t.check("it does not take the branch of another", lambda: expect(
            ask(subject, "/mn1", "PUT", "/gatehouse/mn1", {"m2m:csr": {"dcse": ["/mn2"]}}), 4102))
        t.check("nor that of the IN", lambda: expect(
            ask(subject, "/mn1", "PUT", "/gatehouse/mn1", {"m2m:csr": {"dcse": ["/in"]}}), 4102))
        self.inc.key("Cplain@example.org", "--stem=Cplain")
        t.check("who is no CSE registers none", lambda: expect(
            ask("Cplain@example.org", "Cplain", "POST", "/gatehouse", csr, 16), 4107, 4106))
        t.check("nobody makes the CSE send who is not registered", lambda: expect(
            ask("Cplain@example.org", "Cplain", "GET", "/~/mn1/gatehouse"), 4106))

    # forwarding

    def make_aes(self):
        for cse in (self.mn1, self.mn2, self.mn3):
            cse.key("ae@example.org", "--stem=Cae")
            expect(cse.ask("ae@example.org", "Cae", "POST", "/gatehouse", AE, 2), 2001)
        for admin in (self.admin, self.admin1, self.admin2, Admin(self.mn3)):
            expect(admin("POST", "/gatehouse", OPEN, 1), 2001)
            expect(admin("POST", "/gatehouse", {"m2m:cnt": {
                "rn": "box", "acpi": ["gatehouse/open"], "mni": 100000}}, 3), 2001)

    def ask(self, cse, method, path, body=None, resource_type=None, headers=()):
        return cse.ask("ae@example.org", "Cae", method, path, body, resource_type, headers)

    def forwarding(self):
        t = self.t
        t.check("AEs register, and there is something to share", self.make_aes)
        for cse, target, hops in ((self.mn1, "in", 1), (self.mn2, "in", 1), (self.mn1, "mn2", 2),
                                  (self.mn2, "mn1", 2), (self.mn2, "mn3", 3), (self.mn3, "mn2", 3)):
            where = "/~/%s/gatehouse/box" % target
            name = "%s-%s" % (cse.name, target)
            what = "%s asks %s, %d hops: " % (cse.name, target, hops)
            created = t.check(what + "CREATE", lambda: expect(self.ask(
                cse, "POST", where, {"m2m:cnt": {"rn": name, "lbl": [name, "both"]}}, 3), 2001))
            t.check(what + "its place is told",
                    lambda: created[2]["content-location"].startswith("/~/%s/" % target))
            t.check(what + "the creator is the AE, wherever it is",
                    lambda: expect(self.ask(cse, "GET", where + "/" + name + "?rcn=1"), 2000))
            t.check(what + "UPDATE", lambda: expect(self.ask(
                cse, "PUT", where + "/" + name, {"m2m:cnt": {"mni": 7}}), 2004))
            t.check(what + "RETRIEVE of an attribute", lambda: expect(self.ask(
                cse, "GET", where + "/" + name + "?atrl=mni"), 2000)[1]["m2m:cnt"] == {"mni": 7})
            t.check(what + "discovery", lambda: any(name in uri for uri in expect(self.ask(
                cse, "GET", where + "?fu=1&lbl=" + name), 2000)[1]["m2m:uril"]))
            t.check(what + "a refusal is the host's", lambda: expect(self.ask(
                cse, "POST", where, {"m2m:cnt": {"rn": name}}, 3), 4105))
            t.check(what + "DELETE", lambda: expect(self.ask(
                cse, "DELETE", where + "/" + name), 2002))
        t.check("what nobody knows", lambda: expect(self.ask(
            self.mn3, "GET", "/~/mn9/gatehouse"), 4004))
        t.check("what is too late", lambda: expect(self.ask(
            self.mn1, "GET", "/~/in/gatehouse", headers=["X-M2M-RET: 20200101T000000"]), 4008))

    def large(self):
        text = "x" * 50000
        expect(self.ask(self.mn2, "POST", "/~/mn1/gatehouse/box",
                        {"m2m:cin": {"rn": "large", "con": text}}, 4), 2001)
        answer = expect(self.ask(self.mn2, "GET", "/~/mn1/gatehouse/box/large"), 2000)
        return answer[1]["m2m:cin"]["con"] == text

    # notifications

    def listen(self, host, network):
        """An AE of the test, which is outside of the namespaces, and its URL from @host."""
        world = self.field
        address = "127.0.0.1"
        if world.namespaces:
            ends = ["v%d%s%d" % (os.getpid() % 100000, side, network) for side in "tu"]
            address = "10.77.%d.1" % network
            field.run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
            field.run("ip", "link", "set", ends[1], "netns", world.prefix + host)
            field.run("ip", "addr", "add", address + "/24", "dev", ends[0])
            field.run("ip", "link", "set", ends[0], "up")
            inside = world.within(host)
            field.run(*inside, "ip", "addr", "add", "10.77.%d.2/24" % network, "dev", ends[1])
            field.run(*inside, "ip", "link", "set", ends[1], "up")
        listener = Listener(address)
        return listener, "http://%s:%d/" % (address, listener.port)

    def subscribe(self):
        """An AE at mn2 hears of what happens at the IN and at mn3."""
        self.ear, url = self.listen("mn2", 99)
        expect(self.ask(self.mn2, "PUT", "/gatehouse/ae", {"m2m:ae": {"poa": [url]}}), 2004)
        # whoever asks for it is verified by a notification, too, all the way
        acp = {"m2m:acp": {"pv": {"acr": [{"acor": ["all"], "acop": 63}]}}}
        expect(self.admin2("PUT", "/gatehouse/open", acp), 2004)
        expect(self.admin2("PUT", "/gatehouse/ae", {"m2m:ae": {"acpi": ["gatehouse/open"]}}), 2004)
        for target in ("in", "mn3"):
            expect(self.ask(self.mn2, "POST", "/~/%s/gatehouse/box" % target, {"m2m:sub": {
                "rn": "ear", "nu": ["/mn2/Cae"], "enc": {"net": [3]}, "nct": 1}}, 23), 2001)

    def publish(self, cse, first, n):
        """Returns what was acknowledged."""
        taken = []
        for i in range(first, first + n):
            text = "%s-%d" % (cse.name, i)
            if self.ask(cse, "POST", "/gatehouse/box", {"m2m:cin": {"con": text}}, 4)[0] == 2001:
                taken.append(text)
        return taken

    def all_heard(self, texts):
        heard = self.ear.contents()
        return all(text in heard for text in texts)

    def in_order(self, name):
        heard = [int(t.split("-")[1]) for t in self.ear.contents() if t.startswith(name + "-")]
        return all(a <= b for a, b in zip(heard, heard[1:]))

    def publish_admin(self, admin, name, first, n):
        taken = []
        for i in range(first, first + n):
            text = "%s-%d" % (name, i)
            if admin("POST", "/gatehouse/box", {"m2m:cin": {"con": text}}, 4)[0] == 2001:
                taken.append(text)
        return taken

    def notifications(self):
        t = self.t
        t.check("an AE of another CSE subscribes", self.subscribe)
        texts = self.publish_admin(self.admin, "in", 0, 3) + self.publish(self.mn3, 0, 3)
        t.check("and hears of everything", until, "all", lambda: self.all_heard(texts))

    # faults

    def cuts(self):
        t, world = self.t, self.field
        world.cut(2)
        t.check("with its link cut a CSE is out of reach", lambda: expect(
            self.ask(self.mn1, "GET", "/~/mn2/gatehouse/box",
                     headers=["X-M2M-RET: 1500"]), 5103, 4008))
        t.check("and knows it", until, "not registered", lambda: not self.mn2.is_registered())
        texts = self.publish_admin(self.admin, "in", 10, 5) + self.publish(self.mn3, 10, 5)
        world.heal(2)
        t.check("healed, it is registered again", until, "mn2", self.mn2.is_registered)
        t.check("and reached again", until, "reach", lambda: self.ask(
            self.mn1, "GET", "/~/mn2/gatehouse/box")[0] == 2000)
        t.check("what happened meanwhile is heard", until, "all", lambda: self.all_heard(texts))
        t.check("in order", lambda: self.in_order("in") and self.in_order("mn3"))

    def killed(self):
        t = self.t
        texts = self.publish_admin(self.admin, "in", 20, 5)
        self.inc.kill()
        t.check("with the IN killed the MN say so", until, "lost", lambda: not (
            self.mn1.is_registered() or self.mn2.is_registered()))
        t.check("what is below it still works", lambda: expect(self.ask(
            self.mn3, "GET", "/~/mn1/gatehouse/box"), 2000))
        t.check("what is beyond it does not", lambda: expect(self.ask(
            self.mn3, "GET", "/~/mn2/gatehouse/box", headers=["X-M2M-RET: 2000"]), 5103, 4008))
        self.inc.start()
        t.check("both come back", until, "both", lambda: self.mn1.is_registered()
                and self.mn2.is_registered())
        t.check("three hops work again", until, "reach", lambda: self.ask(
            self.mn3, "GET", "/~/mn2/gatehouse/box")[0] == 2000)
        t.check("nothing that the IN had acknowledged is lost", until, "all",
                lambda: self.all_heard(texts))

    def forgotten(self):
        t = self.t
        expect(self.admin("DELETE", "/gatehouse/mn1"), 2002)
        t.check("who is forgotten registers again", until, "mn1", lambda: self.admin(
            "GET", "/gatehouse/mn1")[0] == 2000)
        t.check("with those below it", until, "dcse",
                lambda: descendants(self.admin, "mn1") == ["/mn3"])
        self.mn3.stop()
        t.check("who leaves is no descendant any more", until, "dcse",
                lambda: not descendants(self.admin, "mn1"))
        self.mn3.start()
        t.check("until it comes back", until, "dcse",
                lambda: descendants(self.admin, "mn1") == ["/mn3"])

    # waiting

    def patience(self):
        """A NOTIFY for an AE of a CSE that is away waits as long as it says."""
        t = self.t
        ear, url = self.listen("mn1", 98)
        body = {"m2m:sgn": {"sur": "/mn2/x", "nev": {"rep": {"m2m:cin": {"con": "patient"}}}}}

        def send(content, *headers):
            return self.ask(self.mn2, "POST", "/~/mn1/Cae", content, headers=headers)

        def prepare():
            expect(self.ask(self.mn1, "PUT", "/gatehouse/ae", {"m2m:ae": {"poa": [url]}}), 2004)
            expect(self.admin1("PUT", "/gatehouse/open", {"m2m:acp": {
                "pv": {"acr": [{"acor": ["all"], "acop": 63}]}}}), 2004)
            expect(self.admin1("PUT", "/gatehouse/ae", {"m2m:ae": {
                "acpi": ["gatehouse/open"]}}), 2004)
            expect(send({"m2m:sgn": {"sur": "/mn2/y"}}), 2000)

        t.check("an AE tells one of another CSE", prepare)
        self.mn1.kill()
        t.check("one that is away is said to be at once", lambda: expect(
            send({"m2m:sgn": {"sur": "/mn2/z"}}), 5103))
        answers = []
        thread = threading.Thread(target=lambda: answers.append(send(body, "X-M2M-RET: 50000")))
        thread.start()
        t.check("what may wait does", until, "held", lambda: self.inc.status()["counters"]
                ["forwards-held"] == 1)
        self.mn1.start()
        thread.join()
        t.check("until it is back", lambda: expect(answers[0], 2000))
        t.check("and arrives once", lambda: ear.contents() == ["patient"])

    # what was promised

    def at_once(self, name):
        """A CREATE at the IN that nobody waits for. Returns the address of its <request>."""
        answer = expect(self.ask(self.mn1, "POST", "/~/in/gatehouse/box?rt=1",
                                 {"m2m:cin": {"con": name}}, 4, ["X-M2M-RET: 600000"]), 1001)
        return "/~" + answer[1]["m2m:uri"] if answer[1] else None

    def status_of(self, uri):
        content = expect(self.ask(self.mn1, "GET", uri), 2000)[1]["m2m:req"]
        return content["rs"], content.get("ors", {}).get("rsc")

    def promises(self):
        t = self.t
        away = (lambda: self.field.cut(1)) if self.field.namespaces else self.inc.kill
        back = (lambda: self.field.heal(1)) if self.field.namespaces else self.inc.start
        names = ["promise-%d" % i for i in range(4)]
        away()
        until("not registered", lambda: not self.mn1.is_registered())
        uris = [t.check("what may wait is promised", self.at_once, name) for name in names]
        t.check("and held", until, "held", lambda: self.mn1.status()["counters"]
                ["forwards-held"] == len(names))
        t.check("in the store: it has not left", until, "pending", lambda: all(
            self.status_of(uri)[0] == 3 for uri in uris))
        self.mn1.kill()
        self.mn1.start()
        t.check("a crash of the gateway forgets none", until, "held", lambda: self.mn1.status()
                ["counters"]["forwards-held"] == len(names))
        back()
        t.check("all are carried out when the IN is back", until, "done", lambda: all(
            self.status_of(uri) == (1, 2001) for uri in uris))
        found = expect(self.admin("GET", "/gatehouse/box?rcn=4&lvl=1"), 2000)[1]
        texts = [i["con"] for i in found["m2m:cnt"]["m2m:cin"]]
        t.check("each once, in order", lambda: [x for x in texts if x in names] == names)
        until("mn1", self.mn1.is_registered)

    # circles

    def bounded(self):
        """As many CSEs as it allows pass a request on, over https and coaps."""
        t = self.t
        for cse, target in ((self.mn1, "mn2"), (self.mn2, "mn1")):
            for most, code in ((0, 5103), (1, 5103), (2, 2000)):
                t.check("from %s, %d CSEs may pass it on to %s" % (cse.name, most, target),
                        lambda: expect(self.ask(cse, "GET", "/~/%s/gatehouse/box" % target,
                                                headers=["Max-Forwards: %d" % most]), code))
        t.check("what is no number bounds nothing", lambda: expect(self.ask(
            self.mn1, "GET", "/~/in/gatehouse/box", headers=["Max-Forwards: -1"]), 4000))

    def circle(self):
        """Three CSEs, each of which has the next one as its registrar."""
        t = self.t
        three = [Cse(self.field, "round%d" % i, "mn1", self.mn1.address, 18490 + i)
                 for i in range(3)]
        for cse in three:
            cse.start()
        for i, cse in enumerate(three):
            three[(i + 1) % 3].share(cse, cse.name + "@example.org")
        for i, cse in enumerate(three):
            cse.stop()
            cse.start("registrar.cse-id=/round%d" % ((i + 1) % 3),
                      "registrar.urls=" + three[(i + 1) % 3].url, "registrar.retry=1")
        t.check("a circle of three is refused, and says so", until, "refusal", lambda: any(
            "4102, dcse: " in cse.registration() for cse in three))
        for cse in three:
            cse.key("ae@example.org", "--stem=Cae")
            expect(cse.ask("ae@example.org", "Cae", "POST", "/gatehouse", AE, 2), 2001)
            t.check("what nobody hosts does not go round in it", lambda: expect(
                self.ask(cse, "GET", "/~/nowhere/gatehouse"), 4004, 4105, 4106, 5103))
        for cse in three:
            cse.stop()

    # who is not who is meant

    def misled(self):
        """The registrar's address leads to another CSE, which has a key of its own."""
        t = self.t
        for scheme, port in (("https", 18475), ("coaps", 18476)):
            victim = Cse(self.field, "victim-" + scheme, "mn1", self.mn1.address, port, scheme)
            liar = Cse(self.field, "liar-" + scheme, "mn1", self.mn1.address, port + 10, scheme)
            liar.start()
            victim.start()
            liar.share(victim, scheme + "@example.org")
            victim.stop()
            victim.start("registrar.cse-id=/in", "registrar.urls=" + liar.url, "registrar.retry=1")
            t.check("over %s nothing is sent to a CSE that is another one" % scheme, until, "refusal",
                    lambda: "does not prove the CSE-ID" in victim.registration())
            t.check("which has seen no request", lambda: liar.status()["counters"]["requests"] == 0)
            victim.stop()
            victim.start("registrar.cse-id=/liar-" + scheme, "registrar.urls=" + liar.url)
            t.check("and registers with the one that is meant", until, "registered",
                    victim.is_registered)
            victim.stop()
            # somebody in the middle, who has no key of both
            other = Cse(self.field, "middle-" + scheme, "mn1", self.mn1.address, port + 20, scheme)
            other.start()
            other.key(scheme + "@example.org", "-i", "/victim-" + scheme)
            victim.start("registrar.cse-id=/liar-" + scheme, "registrar.urls=" + other.url,
                         "registrar.retry=1")
            t.check("nor to one with another key of the same name", until, "refusal",
                    lambda: "not registered with" in victim.registration())
            t.check("which has seen none", lambda: other.status()["counters"]["requests"] == 0)
            for cse in (victim, liar, other):
                cse.stop()

    # a neighbour of another make: curl asks, Python answers

    def outside(self):
        t, inc = self.t, self.inc
        if not shutil.which("curl"):
            t.skip("a CSE of another make", "no curl")
            return
        certificate, anchors = (self.field.work + "/" + name for name in ("outside.pem", "in.pem"))

        def prepare():
            inc.ghctl("ca", "issue", "cse", "outside.localhost", "--output", certificate)
            inc.ghctl("ca", "certificates", "--output", anchors)

        def curl(origin, path, *more):
            self.inc.requests += 1
            return field.parse(field.run(
                *self.field.within("mn1"), "curl", "-siN", "--http1.1", "--cert", certificate,
                "--cacert", anchors, "--connect-to", "in.localhost:443:" + inc.authority, "-H",
                "X-M2M-Origin: " + origin, "-H", "X-M2M-RVI: 3", "-H",
                "X-M2M-RI: outside-%d" % inc.requests, *more, "https://in.localhost" + path,
                ).replace("\r\n", "\n").replace("\n", "\r\n"))

        ear, url = self.listen("in", 97)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        t.check("a CSE of another make gets a certificate", prepare)
        context.load_cert_chain(certificate)
        ear.answer = {"m2m:cnt": {"rn": "there"}}
        ear.server.socket = context.wrap_socket(ear.server.socket, server_side=True)
        csr = {"m2m:csr": {"rn": "outside", "csi": "/outside", "cb": "/outside/base", "rr": True,
                           "srv": ["3"], "poa": [url.replace("http:", "https:")]}}
        t.check("it registers", lambda: expect(curl(
            "/outside", "/gatehouse", "-H", "Content-Type: application/json;ty=16", "-d",
            json.dumps(csr)), 2001))
        t.check("a request that it passes on is answered", lambda: expect(curl(
            "/outside/Cmeter", "/~/mn1/gatehouse/box"), 2000)[1]["m2m:cnt"]["rn"] == "box")
        t.check("it speaks for nobody else", lambda: expect(curl(
            "/mn2/Cae", "/~/mn1/gatehouse/box"), 4106))
        t.check("a request reaches it", lambda: expect(self.ask(
            self.mn1, "GET", "/~/outside/base/there"), 2000)[1] == ear.answer)
        expect(curl("/outside", "/gatehouse/outside", "-X", "DELETE"), 2002)

    # a lossy network

    def loss(self):
        """One packet in ten is lost, each way."""
        t = self.t
        hosts = ("in", "mn1")
        rules = "table inet loss { chain c { type filter hook input priority 0; " \
                "iifname != \"lo\" numgen random mod 10 0 drop; }; }"
        try:
            for host in hosts:
                field.run(*self.field.within(host), "nft", rules)
        except (OSError, subprocess.CalledProcessError) as error:
            t.skip("packets that are lost", "nft is not permitted: %s" % str(error)[:80])
            return
        up = self.through(self.mn1, "/~/in/gatehouse/rough", "lossy-up", 10)
        across = self.through(self.mn2, "/~/mn1/gatehouse/rough", "lossy-across", 10)
        for host in hosts:
            field.run(*self.field.within(host), "nft", "delete", "table", "inet", "loss")
        t.check("requests pass where packets are lost", lambda: sum(up.values()) > 0
                and sum(across.values()) > 0)
        t.check("of these none is lost or done twice", self.once_each, self.admin,
                "/gatehouse/rough", up)
        t.check("and none of two hops", self.once_each, self.admin1, "/gatehouse/rough", across)
        t.check("all are registered at the end", until, "all", lambda: all(
            cse.is_registered() for cse in (self.mn1, self.mn2, self.mn3)))

    # the document

    def document(self):
        """Follows docs/joining.md to the letter, but for the names of the hosts."""
        top = os.environ.get("GH_TOP_SRCDIR", os.path.join(os.path.dirname(__file__), "..", ".."))
        with open(top + "/docs/joining.md", encoding="utf-8") as document:
            text = document.read()
        gateway = Cse(self.field, "mn4", "mn1", self.mn1.address, 18474, "coaps")
        gateway.start()
        text = text.replace("in.example.org:5684", self.in_coaps.split("//")[1])
        text = text.replace("mn4.example.org:5684", gateway.authority)
        bearer = Cse(self.field, "mn5", "mn1", self.mn1.address, 18477)
        bearer.start()
        text = text.replace("in.example.org:8443", self.inc.authority)
        text = text.replace("mn5.example.org", "mn5.localhost")
        blocks = re.findall(r"```(\w+)(?: (\w+))?\n(.*?)```", text, re.S)
        places = {"in": self.inc, "gateway": gateway, "bearer": bearer}
        for kind, where, block in blocks:
            options = []
            cse = places[where or "gateway"]
            if kind == "ini":
                group = ""
                for line in block.splitlines():
                    if line.startswith("["):
                        group = line.strip("[]")
                    elif line:
                        name, _, value = line.partition("=")
                        options.append("%s.%s=%s" % (group, name.strip(), value.strip()))
                cse.stop()
                cse.start(*options)
                until(cse.name, cse.is_registered)
                continue
            path = os.path.dirname(field.GHCTL) + ":" + os.environ["PATH"]
            last = field.run(*self.field.within(cse.host), "bash", "-eo", "pipefail", "-c", block,
                             cwd=self.field.work, env=dict(cse.environment, PATH=path))
        return "registered with /in" in last

    # a bad network

    def relay(self, host, listen, target, seed):
        here = os.path.dirname(os.path.abspath(__file__))
        self.field.spawn(host, sys.executable, here + "/relay.py", *listen.split(":"),
                         *target.split(":"), str(seed))

    def once_each(self, admin, where, asked):
        """Of what was asked for, everything that was acknowledged is there, and nothing twice."""
        found = expect(admin("GET", where + "?rcn=4&lvl=1"), 2000)[1]["m2m:cnt"].get("m2m:cin", [])
        texts = [i["con"] for i in found]
        missing = [t for t, ok in asked.items() if ok and t not in texts]
        doubled = [t for t in asked if texts.count(t) > 1]
        if missing or doubled:
            raise AssertionError("missing %s, doubled %s" % (missing, doubled))

    def through(self, cse, where, name, n):
        asked = {}
        for i in range(n):
            text = "%s-%d" % (name, i)
            answer = self.ask(cse, "POST", where, {"m2m:cin": {"con": text}}, 4,
                              ["X-M2M-RET: 20000"])
            asked[text] = answer[0] == 2001
        return asked

    def bad_network(self):
        t = self.t
        self.relay("in", self.relays[0], self.in_coaps.split("//")[1], 1)
        self.relay("mn2", self.relays[1], self.mn2.authority, 2)
        self.mn2.stop()
        self.mn2.start("registrar.cse-id=/in", "registrar.urls=coaps://" + self.relays[0],
                       "registrar.retry=1", "registrar.poll=5", "cse.poa=coaps://"
                       + self.relays[1])
        t.check("where datagrams are lost, late and doubled, an MN registers", until, "mn2",
                self.mn2.is_registered)
        for admin in (self.admin, self.admin1, self.admin2):
            expect(admin("POST", "/gatehouse", {"m2m:cnt": {
                "rn": "rough", "acpi": ["gatehouse/open"]}}, 3), 2001)
        up = self.through(self.mn2, "/~/in/gatehouse/rough", "up", 15)
        down = self.through(self.mn1, "/~/mn2/gatehouse/rough", "down", 15)
        t.check("requests go up", lambda: sum(up.values()) > 0)
        t.check("and down", lambda: sum(down.values()) > 0)
        t.check("nothing acknowledged is lost and nothing is done twice above", self.once_each,
                self.admin, "/gatehouse/rough", up)
        t.check("nor below", self.once_each, self.admin2, "/gatehouse/rough", down)

    def run(self):
        self.joining()
        self.impostors()
        self.forwarding()
        self.t.check("what fills many blocks", self.large)
        self.notifications()
        if self.field.namespaces:
            self.cuts()
        else:
            self.t.skip("links that are cut", "no right to make network namespaces")
        self.killed()
        self.forgotten()
        self.patience()
        self.promises()
        self.bounded()
        self.circle()
        self.misled()
        self.t.check("docs/joining.md is right", self.document)
        self.outside()
        self.bad_network()
        if self.field.namespaces:
            self.loss()
        else:
            self.t.skip("packets that are lost", "no right to make network namespaces")


if __name__ == "__main__":
    sys.exit(field.play(Scenario, ("openssl", "dbus-daemon")))
