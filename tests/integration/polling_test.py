# SPDX-License-Identifier: LGPL-2.1-or-later
"""An IN, two gateways behind a firewall that lets nobody in, and AEs that poll with curl and with libcoap."""
import json
import os
import re
import shutil
import subprocess
import sys
import threading

import field
from field import Cse, until
from joining import AE, Admin, OPEN, expect

POLLING_AE = {"m2m:ae": {"rn": "nat", "api": "Nnat", "rr": False, "srv": ["3"]}}


def openssl(*words):
    subprocess.run(("openssl",) + words, check=True, capture_output=True)


def authority(cse):
    """Of the AEs' certificates; where its files are, without what they end with."""
    stem = os.path.join(cse.field.work, "authority")
    if not os.path.exists(stem + ".pem"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", stem + ".key", "-subj", "/CN=aes", "-days", "30", "-addext",
                "basicConstraints=critical,CA:TRUE", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign", "-out", stem + ".pem")
        cse.ghctl("credential", "add", "--kind=anchor", "--purpose=ae", "-f", stem + ".pem")
    return stem


class Curl:
    """An AE behind a NAT: curl with a certificate of its own."""

    def __init__(self, cse, originator):
        self.cse, self.originator, self.requests = cse, originator, 0
        self.stem = os.path.join(cse.field.work, originator)
        name = "URI://localhost/in/" + originator
        with open(self.stem + ".ext", "w", encoding="utf-8") as extensions:
            extensions.write("subjectAltName=%s\nkeyUsage=critical,digitalSignature\n" % name)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                self.stem + ".key", "-subj", "/CN=" + originator, "-out", self.stem + ".csr")
        anchor = authority(cse)
        openssl("x509", "-req", "-in", self.stem + ".csr", "-CA", anchor + ".pem", "-CAkey",
                anchor + ".key", "-days", "30", "-extfile", self.stem + ".ext", "-out",
                self.stem + ".pem")
        cse.ghctl("credential", "add", "--kind=x509", "-i", originator, "-f", self.stem + ".pem")

    def words(self, method, path, content, kind, headers):
        self.requests += 1
        words = ["curl", "-s", "-k", "-m", "60", "-i", "-X", method, "--cert", self.stem + ".pem",
                 "--key", self.stem + ".key", "https://" + self.cse.https + path]
        for line in ["X-M2M-Origin: " + self.originator, "X-M2M-RVI: 3",
                     "X-M2M-RI: %s-%d" % (self.originator, self.requests),
                     "Content-Type: application/json" + (";ty=%d" % kind if kind else "")
                     ] + list(headers):
            words += ["-H", line]
        return words + (["--data-binary", "@-"] if content is not None else [])

    def __call__(self, method, path, content=None, kind=None, headers=()):
        done = subprocess.run(self.cse.field.within(self.cse.host)
                              + self.words(method, path, content, kind, headers),
                              input=json.dumps(content) if content is not None else None,
                              capture_output=True, text=True, timeout=90)
        return field.parse(done.stdout.replace("\r\n", "\n").replace("\n", "\r\n"))

    def poll(self, path, ms):
        return self("GET", path, headers=["X-M2M-RET: %d" % ms])

    def tell(self, path, identifier, content=None):
        response = {"rsc": 2000, "rqi": identifier}
        if content is not None:
            response["pc"] = content
        return self("POST", path, {"m2m:rsp": response})


class Later(threading.Thread):
    """Something that takes its time."""

    def __init__(self, function, *arguments):
        super().__init__(daemon=True)
        self.function, self.arguments, self.result = function, arguments, None
        self.start()

    def run(self):
        self.result = self.function(*self.arguments)

    def get(self):
        self.join(field.PATIENCE_S)
        return self.result


class Scenario:
    def __init__(self, tests, world):
        self.t, self.field = tests, world
        for host in ("in", "mn1", "mn2"):
            world.host(host)
        in1, mn1 = world.link("in", "mn1", 1)
        in2, mn2 = world.link("in", "mn2", 2)
        if world.namespaces:
            field.run(*world.within("mn2"), "ip", "route", "add", "10.77.1.0/24", "via", in2)
        self.inc = Cse(world, "in", "in", in1, 18543)
        self.mn1 = Cse(world, "mn1", "mn1", mn1, 18544)
        self.mn2 = Cse(world, "mn2", "mn2", mn2, 18545, "coaps")
        self.in_coaps = "coaps://%s:18553" % in1
        self.networks = {"mn1": 1, "mn2": 2}

    def let_nobody_in(self, host):
        """As a NAT does: only what was asked for comes back."""
        if not self.field.namespaces or not shutil.which("nft"):
            return False
        rules = """table inet nat {
            chain arriving {
                type filter hook input priority 0; policy drop;
                iifname "lo" accept
                ct state established,related accept
            }
        }
        """
        field.run(*self.field.within(host), "nft", "-f", "-", input=rules)
        return True

    def join(self, cse, url):
        cse.start()
        subject = cse.name + "@example.org"
        secret = self.inc.key(subject, "-i", "/" + cse.name)
        cse.ghctl("credential", "add", subject, "-i", "/in", "--target", url.split("//")[1],
                  input=secret + "\n")
        admin = Admin(cse)
        expect(admin("POST", "/gatehouse", OPEN, 1), 2001)
        expect(admin("POST", "/gatehouse", {"m2m:cnt": {"rn": "box", "acpi": ["gatehouse/open"]}},
                     3), 2001)
        cse.stop()
        cse.start("registrar.cse-id=/in", "registrar.urls=" + url, "registrar.retry=1",
                  "registrar.poll=1", "registrar.polling=yes", "registrar.polling-wait=5",
                  "cse.poa=https://192.0.2.1:8443")
        return admin

    def has_channel(self, name):
        answer = self.admin("GET", "/gatehouse/" + name + "?rcn=6")
        return answer[0] == 2000 and "polling" in json.dumps(answer[1])

    def asks(self, target, i):
        """One request to the gateway, and whether it is there."""
        return self.admin("POST", "/~/%s/gatehouse/box" % target,
                          {"m2m:cin": {"con": "%s-%d" % (target, i)}}, 4)[0] == 2001

    # gateways

    def gateways(self):
        t, world = self.t, self.field
        self.inc.start("coap.listen-secure=" + self.in_coaps.split("//")[1], "forward.timeout=15",
                       "cse.poa=%s;%s" % (self.inc.url, self.in_coaps))
        self.admin = Admin(self.inc)
        expect(self.admin("POST", "/gatehouse", OPEN, 1), 2001)
        for cse, url in ((self.mn1, self.inc.url), (self.mn2, self.in_coaps)):
            shut = self.let_nobody_in(cse.name)
            local = self.join(cse, url)
            how = "%s, over %s%s: " % (cse.name, url.split(":")[0],
                                      ", behind a firewall" if shut else "")
            t.check(how + "it registers", until, cse.name, cse.is_registered)
            t.check(how + "it has a polling channel", until, "channel",
                    lambda: self.has_channel(cse.name))
            t.check(how + "it says that it cannot be called", lambda: expect(self.admin(
                "GET", "/gatehouse/" + cse.name), 2000)[1]["m2m:csr"]["rr"] is False)
            t.check(how + "CREATE reaches it", lambda: expect(self.admin(
                "POST", "/~/%s/gatehouse/box" % cse.name, {"m2m:cin": {"rn": "x", "con": "1"}}, 4),
                2001))
            t.check(how + "and is there", lambda: expect(local("GET", "/gatehouse/box/x"),
                                                         2000)[1]["m2m:cin"]["con"] == "1")
            t.check(how + "RETRIEVE comes back", lambda: expect(self.admin(
                "GET", "/~/%s/gatehouse/box/la" % cse.name), 2000)[1]["m2m:cin"]["con"] == "1")
            t.check(how + "a refusal is the host's", lambda: expect(self.admin(
                "GET", "/~/%s/gatehouse/nothing" % cse.name), 4103, 4004))
            t.check(how + "nobody is the administrator by passing through", lambda: expect(
                self.admin("DELETE", "/~/%s/gatehouse/open" % cse.name), 4103))
            t.check(how + "many in a row", lambda: all(self.asks(cse.name, i) for i in range(20)))
            t.check(how + "and many at once", self.many_at_once, cse.name)
            t.check(how + "each was carried out once", self.once_each, cse.name, local)
            if world.namespaces:
                world.cut(self.networks[cse.name])
                t.check(how + "cut off, it does not answer", lambda: expect(self.admin(
                    "GET", "/~/%s/gatehouse/box" % cse.name), 4008, 5103))
                world.heal(self.networks[cse.name])
                if cse is self.mn2:
                    field.run(*world.within("mn2"), "ip", "route", "replace", "10.77.1.0/24",
                              "via", "10.77.2.1")
                t.check(how + "healed, it does", until, "back", lambda: self.asks(cse.name, 100))
            cse.kill()
            cse.start()
            t.check(how + "killed and started, it is reached again", until, "back",
                    lambda: self.asks(cse.name, 101))
        self.inc.kill()
        self.inc.start()
        t.check("the IN killed and started, both are", until, "back",
                lambda: self.asks("mn1", 102) and self.asks("mn2", 103))

        for cse in (self.mn1, self.mn2):
            cse.stop()
        t.check("when they are gone, so are their polls in time", until, "no poll",
                lambda: self.inc.status()["counters"]["polls-waiting"] == 0)

    def many_at_once(self, name):
        threads = [Later(self.asks, name, 1000 + i) for i in range(20)]
        return all(thread.get() for thread in threads)

    def once_each(self, name, local):
        found = expect(local("GET", "/gatehouse/box?rcn=4&lvl=1"), 2000)[1]["m2m:cnt"]["m2m:cin"]
        texts = [i["con"] for i in found]
        return all(texts.count("%s-%d" % (name, i)) == 1
                   for i in list(range(20)) + list(range(1000, 1020)))

    # AEs

    def curl(self):
        t, pcu = self.t, "/gatehouse/nat/channel/pcu"
        device = Curl(self.inc, "Cnat")
        other = Curl(self.inc, "Cother")
        channel = {"m2m:pch": {"rn": "channel"}}
        t.check("curl registers an AE that cannot be called",
                lambda: expect(device("POST", "/gatehouse", POLLING_AE, 2), 2001))
        t.check("somebody else makes no channel for it", lambda: expect(
            other("POST", "/gatehouse/nat", channel, 15), 4103))
        t.check("it makes one", lambda: expect(device("POST", "/gatehouse/nat", channel, 15), 2001))
        expect(device("POST", "/gatehouse/nat", {"m2m:cnt": {"rn": "load"}}, 3), 2001)
        expect(device("POST", "/gatehouse/nat/load", {"m2m:sub": {
            "nu": ["Cnat"], "enc": {"net": [3]}, "nct": 1}}, 23), 2001)
        t.check("a poll that nothing comes for ends with 4008",
                lambda: expect(device.poll(pcu, 1000), 4008)[2].get("x-m2m-rsc") == "4008")
        t.check("somebody else does not poll", lambda: expect(other.poll(pcu, 1000), 4103))
        parked = Later(device.poll, pcu, 30000)
        until("the poll waits",
              lambda: self.inc.status()["counters"]["polls-waiting"] == 1)
        expect(device("POST", "/gatehouse/nat/load", {"m2m:cin": {"con": "17"}}, 4), 2001)
        got = t.check("a parked poll gets a notification", lambda: expect(parked.get(), 2000))
        primitive = got[1]["m2m:rqp"]
        t.check("which is a request primitive", lambda: primitive["op"] == 5
                and primitive["pc"]["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"] == "17")
        t.check("somebody else does not answer it",
                lambda: expect(other.tell(pcu, primitive["rqi"]), 4103))
        t.check("its answer is taken", lambda: expect(device.tell(pcu, primitive["rqi"]), 2000))
        t.check("once", lambda: expect(device.tell(pcu, primitive["rqi"]), 4105))
        t.check("what was never asked is not answered",
                lambda: expect(device.tell(pcu, "no-such"), 4004))
        t.check("a huge answer is refused by its size",
                lambda: expect(device.tell(pcu, "x", {"m2m:dbg": "x" * (2 << 20)}), 0, 4000))
        expect(self.admin("PUT", "/gatehouse/nat", {"m2m:ae": {"acpi": ["gatehouse/open"]}}), 2004)
        asked = Later(self.admin, "POST", "/gatehouse/nat", {"m2m:sgn": {"sur": "hello"}})
        got = expect(device.poll(pcu, 30000), 2000)[1]["m2m:rqp"]
        expect(device.tell(pcu, got["rqi"], {"m2m:dbg": "heard"}), 2000)
        t.check("an answer reaches who asked", lambda: "heard" in json.dumps(expect(
            asked.get(), 2000)[1]))
        self.gone(device, pcu)
        parked = Later(device.poll, pcu, 60000)
        until("the poll waits", lambda: self.inc.status()["counters"]["polls-waiting"] == 1)
        expect(device("DELETE", "/gatehouse/nat/channel"), 2002)
        t.check("deleting the channel ends the poll", lambda: expect(parked.get(), 4004))
        expect(device("POST", "/gatehouse/nat", channel, 15), 2001)
        parked = Later(device.poll, pcu, 60000)
        until("the poll waits", lambda: self.inc.status()["counters"]["polls-waiting"] == 1)
        self.inc.ghctl("credential", "suspend", "33-//localhost/in/Cnat")
        t.check("suspending the credential ends the poll", until, "no poll",
                lambda: self.inc.status()["counters"]["polls-waiting"] == 0)
        parked.get()

    def gone(self, device, pcu):
        """Who polled is gone: the poll ends long before its time, and takes nothing along."""
        waiting = lambda: self.inc.status()["counters"]["polls-waiting"]
        words = device.words("GET", pcu, None, None, ["X-M2M-RET: 3000000"])
        child = self.field.spawn("in", *words, stdout=subprocess.DEVNULL)
        until("the poll waits", lambda: waiting() == 1)
        child.kill()
        child.wait()
        self.t.check("a poll whose connection is gone ends", until, "no poll",
                     lambda: waiting() == 0)
        asked = Later(self.admin, "POST", "/gatehouse/nat", {"m2m:sgn": {"sur": "still"}})
        got = expect(device.poll(pcu, 30000), 2000)[1]["m2m:rqp"]
        expect(device.tell(pcu, got["rqi"], {"m2m:dbg": "there"}), 2000)
        self.t.check("and what comes then is for the next one", lambda: "there" in json.dumps(
            expect(asked.get(), 2000)[1]))

    def coap_client(self):
        """The same with a client made of libcoap, over DTLS."""
        client = field.TOP + "/tests/peers/coap-om2m-gnutls"
        if not os.path.exists(client):
            self.t.skip("libcoap polls", "its client was not built")
            return
        inc, subject = self.inc, "drop@example.org"
        key = inc.key(subject, "--stem=Cdrop")
        drop = {"m2m:ae": {"rn": "drop", "api": "Ndrop", "rr": False, "srv": ["3"]}}
        expect(inc.ask(subject, "Cdrop", "POST", "/gatehouse", drop, 2), 2001)
        expect(inc.ask(subject, "Cdrop", "POST", "/gatehouse/drop", {"m2m:pch": {
            "rn": "channel"}}, 15), 2001)
        expect(self.admin("PUT", "/gatehouse/drop", {"m2m:ae": {"acpi": ["gatehouse/open"]}}),
               2004)

        with open(self.field.work + "/drop.key", "wb") as file:
            file.write(bytes.fromhex(key))

        def coap(method, identifier, *more):
            return subprocess.run(
                self.field.within("in")
                + [client, "-m", method, "-B", "40", "-u", subject, "-k",
                   self.field.work + "/drop.key", "-f", "Cdrop", "-v", "3", "-i", identifier]
                + list(more) + [self.in_coaps + "/gatehouse/drop/channel/pcu"],
                capture_output=True, text=True, timeout=60).stdout

        parked = Later(coap, "get", "c1")
        until("the poll waits", lambda: inc.status()["counters"]["polls-waiting"] >= 1)
        asked = Later(self.admin, "POST", "/gatehouse/drop", {"m2m:sgn": {"sur": "drip"}})
        text = parked.get()
        found = re.search(r'"rqi":"([^"]+)"', text or "")
        self.t.check("libcoap polls over coaps",
                     lambda: found is not None and "drip" in text)
        coap("post", "c2", "-F", "50", "-e", json.dumps({"m2m:rsp": {
            "rsc": 2000, "rqi": found.group(1), "pc": {"m2m:dbg": "drop"}}}))
        self.t.check("and answers", lambda: "drop" in json.dumps(expect(asked.get(), 2000)[1]))

    def document(self):
        """Follows docs/polling.md to the letter, but for the name of the host."""
        top = os.environ.get("GH_TOP_SRCDIR", os.path.join(os.path.dirname(__file__), "..", ".."))
        with open(top + "/docs/polling.md", encoding="utf-8") as document:
            text = document.read()
        device = Curl(self.inc, "Cvalve")
        folder = os.path.join(self.field.work, "document")
        os.mkdir(folder)
        for end in (".pem", ".key"):
            shutil.copy(device.stem + end, folder + "/valve" + end)
        text = text.replace("https://in.example.org:8443", "-k https://" + self.inc.https)
        said = []
        for block in re.findall(r"```sh device\n(.*?)```", text, re.S):
            said.append(field.run(*self.field.within("in"), "bash", "-eo", "pipefail", "-c", block,
                                  cwd=folder))
        return "m2m:rqp" in said[-2] and "2000" in said[-1]

    def run(self):
        self.gateways()
        self.curl()
        self.coap_client()
        self.t.check("docs/polling.md is right", self.document)


if __name__ == "__main__":
    sys.exit(field.play(Scenario, ("openssl", "dbus-daemon", "curl")))
