# SPDX-License-Identifier: LGPL-2.1-or-later
"""A field of CSEs for the tests, and what plays on it: each a gatehoused in a network namespace of
its own, with its own bus, vault and store; veth pairs between them that can be cut and healed; AEs
as openssl s_client (https) and libcoap's client (coaps), with keys of the vault. Without the right
to make namespaces everything runs on the loopback, and links are cut by stopping the daemon
instead."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

TOP = os.path.abspath(os.environ.get("GH_TOP_BUILDDIR", "_build"))
GATEHOUSED = TOP + "/bindings/dbus/gatehoused"
GHCTL = TOP + "/bindings/ghctl/ghctl"
PATIENCE_S = 60


def run(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, **options).stdout


def can_make_namespaces():
    name = "gh%d-try" % os.getpid()
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    try:
        run("ip", "netns", "add", name)
        run("ip", "link", "add", name[:12], "type", "veth", "peer", "name", name[:11] + "p")
        run("ip", "link", "del", name[:12])
        return True
    except subprocess.CalledProcessError:
        return False
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


def until(what, condition):
    """Looks until it is so; the world has to converge, and how soon is not what is tested."""
    end = time.monotonic() + PATIENCE_S
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError("never: " + what)
        time.sleep(0.1)


class Field:
    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="gh-field-")
        self.prefix = "gh%d-" % os.getpid()
        self.namespaces = can_make_namespaces()
        self.hosts = {}
        self.links = {}
        self.cses = []
        self.children = []

    def host(self, name):
        if self.namespaces and name not in self.hosts:
            run("ip", "netns", "add", self.prefix + name)
            run("ip", "netns", "exec", self.prefix + name, "ip", "link", "set", "lo", "up")
        self.hosts.setdefault(name, self.prefix + name)
        return name

    def within(self, name):
        return ["ip", "netns", "exec", self.prefix + name] if self.namespaces else []

    def link(self, a, b, network):
        """A veth pair; a has .1 and b .2 of 10.77.NETWORK."""
        if not self.namespaces:
            return "127.0.0.1", "127.0.0.1"
        ends = ["v%d%s%d" % (os.getpid() % 100000, side, network) for side in "ab"]
        run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for number, (end, host) in enumerate(zip(ends, (a, b)), 1):
            run("ip", "link", "set", end, "netns", self.prefix + host)
            inside = self.within(host)
            run(*inside, "ip", "addr", "add", "10.77.%d.%d/24" % (network, number), "dev", end)
            run(*inside, "ip", "link", "set", end, "up")
        self.links[network] = (a, ends[0])
        return "10.77.%d.1" % network, "10.77.%d.2" % network

    def cut(self, network):
        host, end = self.links[network]
        run(*self.within(host), "ip", "link", "set", end, "down")

    def heal(self, network):
        host, end = self.links[network]
        run(*self.within(host), "ip", "link", "set", end, "up")

    def spawn(self, host, *words, **options):
        child = subprocess.Popen(self.within(host) + list(words), **options)
        self.children.append(child)
        return child

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        if self.namespaces:
            for name in self.hosts.values():
                subprocess.run(["ip", "netns", "del", name], capture_output=True)
        shutil.rmtree(self.work, ignore_errors=True)


class Cse:
    """A gatehoused; scheme is that of its point of access for other CSEs."""

    def __init__(self, field, name, host, address, port, scheme="https"):
        self.field, self.name, self.host = field, name, host
        field.cses.append(self)
        self.address, self.port, self.scheme = address, port, scheme
        self.folder = os.path.join(field.work, name)
        os.mkdir(self.folder, 0o700)
        self.bus = "unix:path=" + self.folder + "/bus"
        self.environment = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=self.bus)
        self.options = []
        self.daemon = None
        self.keys = {}
        self.requests = 0
        field.spawn(host, "dbus-daemon", "--session", "--nofork", "--nopidfile",
                    "--address=" + self.bus, stderr=subprocess.DEVNULL)
        until("the bus of " + name, lambda: os.path.exists(self.folder + "/bus"))

    @property
    def authority(self):
        return "%s:%d" % (self.address, self.port)

    @property
    def url(self):
        return "%s://%s" % (self.scheme, self.authority)

    @property
    def log(self):
        with open(self.folder + "/log", encoding="utf-8") as log:
            return log.read()

    def start(self, *options):
        if options:
            self.options = list(options)
        secure = {"https": "http.listen-secure", "coaps": "coap.listen-secure"}
        words = [GATEHOUSED, "--session", "--set", "cse.id=" + self.name,
                 "--set", "store.path=%s/gatehouse.db" % self.folder,
                 "--set", "plugins.path=" + TOP + "/plugins/uninstalled",
                 "--set", "node.describe=no", "--set", "log.level=info",
                 "--set", "cse.poa=" + self.url]  # unless the options say otherwise
        for scheme, key in secure.items():
            port = self.port if scheme == self.scheme else 0
            words += ["--set", "%s=%s:%d" % (key, self.address, port)]
        for option in self.options:
            words += ["--set", option]
        log = open(self.folder + "/log", "a", encoding="utf-8")
        self.daemon = self.field.spawn(self.host, *words, env=self.environment, text=True,
                                       stdout=subprocess.PIPE, stderr=log)
        log.close()
        for line in self.daemon.stdout:
            if line.startswith("ready: "):
                return self
        raise AssertionError(self.name + " does not start: " + self.log[-2000:])

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        assert self.daemon.wait(PATIENCE_S) == 0, self.log[-2000:]

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def ghctl(self, *words, **options):
        return run(*self.field.within(self.host), GHCTL, *words, env=self.environment, **options)

    def status(self):
        return json.loads(self.ghctl("status", "--json"))

    def registration(self):
        return str(self.status().get("registration", ""))

    def is_registered(self):
        return "'registered with" in "'" + self.registration()

    def key(self, subject, *options):
        """Makes a key here, for an AE or another CSE."""
        text = self.ghctl("credential", "generate", subject, "--output", "-", *options)
        self.keys[subject] = text.split()[1]
        return self.keys[subject]

    def share(self, other, subject):
        """The key that proves @other here and us there, each way."""
        secret = self.key(subject, "-i", "/" + other.name, "--target", other.authority)
        other.ghctl("credential", "add", subject, "-i", "/" + self.name, "--target",
                    self.authority, input=secret + "\n")

    def ask(self, subject, origin, method, path, body=None, resource_type=None, headers=()):
        """An AE at this CSE, over https with a key of its vault. (RSC, content, headers)"""
        self.requests += 1
        text = json.dumps(body) if body is not None else ""
        kind = ";ty=%d" % resource_type if resource_type else ""
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: cse", "X-M2M-Origin: " + origin,
                 "X-M2M-RI: %s-%d" % (subject, self.requests), "X-M2M-RVI: 3",
                 "Content-Type: application/json" + kind, "Content-Length: %d" % len(text),
                 "Connection: close"] + list(headers)
        message = "\r\n".join(lines) + "\r\n\r\n" + text
        answer = subprocess.run(
            self.field.within(self.host)
            + ["openssl", "s_client", "-connect", self.https, "-psk_identity", subject, "-psk",
               self.keys[subject], "-tls1_2", "-cipher", "PSK-AES128-CBC-SHA256", "-quiet",
               "-ign_eof"],
            input=message.encode(), capture_output=True, timeout=PATIENCE_S).stdout
        return parse(answer.decode(errors="replace"))

    @property
    def https(self):
        if self.scheme == "https":
            return self.authority
        lines = [l for l in self.log.splitlines() if "listening" in l and "https" in l]
        return lines[-1].split("https://")[1].split()[0].strip('"\'')


def parse(answer):
    head, _, body = answer.partition("\r\n\r\n")
    fields = {}
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    try:
        content = json.loads(body) if body else None
    except ValueError:
        content = body
    return int(fields.get("x-m2m-rsc", "0")), content, fields


class Tests:
    def __init__(self):
        self.cases, self.failed = 0, 0

    def check(self, what, function, *arguments):
        self.cases += 1
        try:
            result = function(*arguments)
            if result is False:
                raise AssertionError("it is not so")
            print("ok %d - %s" % (self.cases, what), flush=True)
            return result
        except Exception as error:  # a case that breaks is one that fails
            self.failed += 1
            print("not ok %d - %s" % (self.cases, what))
            for line in ("%s: %s" % (type(error).__name__, error)).splitlines():
                print("#   " + line[:1000], flush=True)
            return None

    def skip(self, what, why):
        self.cases += 1
        print("ok %d - %s # SKIP %s" % (self.cases, what, why), flush=True)


def play(scenario, programs):
    """From its beginning to its end a scenario that is made of Tests and a Field. Of failures it
    tells what the CSEs said last. The status of the process."""
    for program in programs:
        if not shutil.which(program):
            print("1..0 # SKIP no " + program)
            return 77
    tests, world = Tests(), Field()
    try:
        scenario(tests, world).run()
    except Exception as error:
        tests.failed += 1
        print("Bail out! %s: %s" % (type(error).__name__, str(error)[:2000]))
    finally:
        for cse in world.cses if tests.failed else ():
            if os.path.exists(cse.folder + "/log"):
                for line in cse.log.splitlines()[-60:]:
                    print("# %s: %s" % (cse.name, line[:300]))
        world.close()
    print("1..%d" % tests.cases)
    return 1 if tests.failed else 0
