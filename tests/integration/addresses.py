#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A gateway whose address changes while it is registered, in a network namespace. Prints TAP."""
import sys

import field
from field import Cse, until
from joining import Admin, expect

PORT = 18444


class Scenario:
    def __init__(self, tests, world):
        self.t, self.field = tests, world

    def inside(self, *words):
        field.run(*self.field.within("mn"), *words)

    def join(self):
        subject = "mn-in@example.org"
        self.inc.start()
        self.mn.start()
        secret = self.inc.key(subject, "-i", "/mn", "--target", self.mn.authority)
        self.mn.ghctl("credential", "add", subject, "-i", "/in", "--target", self.inc.authority,
                      input=secret + "\n")
        self.mn.stop()
        self.mn.start("registrar.cse-id=/in", "registrar.urls=" + self.inc.url,
                      "registrar.retry=1", "cse.poa=", "cse.poa-hosts=addresses",
                      "coap.listen-secure=", "http.listen-secure=*:%d" % PORT)
        self.admin = Admin(self.inc)
        self.local = Admin(self.mn)

    def known(self):
        return sorted(expect(self.admin("GET", "/gatehouse/mn"), 2000)[1]["m2m:csr"]["poa"])

    def own(self):
        return sorted(expect(self.local("GET", "/gatehouse"), 2000)[1]["m2m:cb"]["poa"])

    def publishes(self, *hosts):
        """Both CSEs, before long."""
        expected = sorted("https://%s:%d" % (host, PORT) for host in hosts)
        try:
            until("it is so", lambda: self.known() == expected)
        except AssertionError as error:
            raise AssertionError("%s there, %s here" % (self.known(), self.own())) from error
        assert self.own() == expected, self.own()

    def run(self):
        t = self.t
        if not self.field.namespaces:
            t.skip("addresses", "no network namespaces here")
            return
        for host in ("in", "mn"):
            self.field.host(host)
        there, here = self.field.link("in", "mn", 1)
        self.inc = Cse(self.field, "in", "in", there, 18443)
        self.mn = Cse(self.field, "mn", "mn", here, PORT)
        device = field.run(*self.field.within("mn"), "ip", "-o", "-4", "addr", "show", "to",
                           here).split()[1]
        self.join()
        t.check("it registers", until, "mn", self.mn.is_registered)
        t.check("with the address that it has, and neither its name nor the loopback",
                self.publishes, here)
        self.inside("ip", "addr", "add", "10.77.1.9/24", "dev", device)
        t.check("a second address is told to the registrar", self.publishes, here, "10.77.1.9")
        self.inside("ip", "addr", "add", "2001:db8::7/64", "dev", device, "nodad")
        t.check("so is one of IPv6", self.publishes, here, "10.77.1.9", "[2001:db8::7]")
        self.inside("ip", "addr", "del", "2001:db8::7/64", "dev", device)
        self.inside("ip", "addr", "add", "10.77.1.77/24", "dev", device)
        self.inside("ip", "addr", "del", here + "/24", "dev", device)
        # the first address took its subnet's others along, unless the kernel promotes them
        for address in ("10.77.1.9/24", "10.77.1.77/24"):
            field.subprocess.run(self.field.within("mn") + ["ip", "addr", "add", address, "dev",
                                                            device], capture_output=True)
        self.mn.address = "10.77.1.9"
        t.check("the address that it had is gone", self.publishes, "10.77.1.9", "10.77.1.77")
        t.check("it is registered still, or again", until, "mn", self.mn.is_registered)
        looks = self.mn.log.count("its addresses have changed")
        self.inside("ip", "addr", "change", "10.77.1.9/24", "dev", device, "valid_lft", "7000",
                    "preferred_lft", "7000")
        self.inside("ip", "addr", "add", "10.77.1.99/24", "dev", device)
        t.check("one more", self.publishes, "10.77.1.9", "10.77.1.77", "10.77.1.99")
        t.check("a lifetime alone is no change",
                lambda: self.mn.log.count("its addresses have changed") == looks + 1)
        self.mn.stop()
        self.inc.stop()


if __name__ == "__main__":
    sys.exit(field.play(Scenario, ("python3", "dbus-daemon", "openssl")))
