#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a gatehoused under load again and again, and checks what it promised.

Usage: crash_process.py BUILDDIR ROUNDS [SEED]

Each round: clients create, update and delete over HTTP, the daemon gets SIGKILL at a random moment, is started again on the
same store, and then: every acknowledged change is there, counters equal their children, nothing is half-made. At the end:
every acknowledged creation below the subscription was notified, in the order of each container.
"""
import http.client
import http.server
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

CLIENTS = 6
HEADERS = {"X-M2M-Origin": "CCrash", "X-M2M-RVI": "3"}


class Listener(http.server.BaseHTTPRequestHandler):
    """The target of the notifications; it outlives the daemon."""
    protocol_version = "HTTP/1.1"
    lock = threading.Condition()
    seen = {}
    order = {}

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        instance = body["m2m:sgn"].get("nev", {}).get("rep", {}).get("m2m:cin")
        if instance is not None:
            with Listener.lock:
                content, parent = instance["con"], instance["pi"]
                if content not in Listener.seen:
                    Listener.order.setdefault(parent, []).append(instance["st"])
                Listener.seen[content] = Listener.seen.get(content, 0) + 1
                Listener.lock.notify_all()
        self.send_response(200)
        self.send_header("X-M2M-RSC", "2000")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Daemon:
    def __init__(self, build, folder):
        self.build, self.folder, self.process, self.port = build, folder, None, 0

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            [os.path.join(self.build, "bindings/dbus/gatehoused"), "--dev", "--no-bus",
             "--set", "plugins.path=" + os.path.join(self.build, "plugins/uninstalled"),
             "--set", "store.path=" + os.path.join(self.folder, "store.db"),
             "--set", "limits.answer-resources=1000000", "--set", "notify.queue=1000000",
             "--set", "http.listen=127.0.0.1:0", "--set", "coap.listen=127.0.0.1:0",
             "--set", "http.notify-queue=1000000"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            found = re.match(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
            if line.startswith("ready"):
                return
        raise SystemExit("not ok: the daemon did not start; its log is in " + self.folder)

    def kill(self, how):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()


class Refused(Exception):
    pass


class Connection:
    """One keep-alive connection; a broken one is how a client sees the crash."""

    numbers = itertools.count()

    def __init__(self, port):
        # of its own: all clients are one originator, whose identifiers under way must differ
        self.identifier = "r%d" % next(self.numbers)
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def request(self, method, path, body=None, ty=None):
        headers = dict(HEADERS, **{"X-M2M-RI": self.identifier})
        if body is not None:
            headers["Content-Type"] = "application/json" + (";ty=%d" % ty if ty else "")
        self.http.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.http.getresponse()
        data = answer.read()
        status = int(answer.headers["X-M2M-RSC"])
        return status, json.loads(data) if data else None


class Client(threading.Thread):
    """Knows what was acknowledged, and the one request whose fate is open."""

    def __init__(self, index, seed):
        super().__init__()
        self.index, self.random = index, random.Random(seed)
        self.path = "/gatehouse/crash/c%d" % index
        self.label, self.open_label = None, None
        self.alive, self.dead, self.maybe = {}, set(), set()
        self.folders, self.maybe_folders, self.gone_folders = set(), set(), set()
        self.created = set()
        self.acknowledged, self.error, self.count = 0, None, 0

    def begin(self, port):
        clone = Client(self.index, self.random.random())
        for name in ("label", "open_label", "alive", "dead", "maybe", "folders", "maybe_folders",
                     "gone_folders", "created", "acknowledged", "count"):
            setattr(clone, name, getattr(self, name))
        clone.connection = Connection(port)
        clone.start()
        return clone

    def expect(self, wanted, got, what):
        if got != wanted:
            raise Refused("%s of client %d: %d instead of %d" % (what, self.index, got, wanted))
        self.acknowledged += 1

    def create_instance(self):
        self.count += 1
        content = "c%d-%d" % (self.index, self.count)
        name = "n%d" % self.count
        self.maybe.add(content)
        status, _ = self.connection.request("POST", self.path, {"m2m:cin": {"con": content, "rn": name}}, 4)
        self.expect(2001, status, "create")
        self.created.add(content)
        self.alive[content] = name
        self.maybe.discard(content)

    def delete_instance(self):
        if not self.alive:
            return
        content = self.random.choice(list(self.alive))
        name = self.alive.pop(content)
        self.maybe.add(content)
        status, _ = self.connection.request("DELETE", self.path + "/" + name)
        self.expect(2002, status, "delete")
        self.maybe.discard(content)
        self.dead.add(content)

    def update(self):
        self.count += 1
        self.open_label = "v%d" % self.count
        status, _ = self.connection.request("PUT", self.path, {"m2m:cnt": {"lbl": [self.open_label]}})
        self.expect(2004, status, "update")
        self.label, self.open_label = self.open_label, None

    def create_folder(self):
        self.count += 1
        name = "f%d" % self.count
        self.maybe_folders.add(name)
        status, _ = self.connection.request("POST", self.path, {"m2m:cnt": {"rn": name}}, 3)
        self.expect(2001, status, "folder")
        status, _ = self.connection.request("POST", self.path + "/" + name, {"m2m:cin": {"con": "inner"}}, 4)
        self.expect(2001, status, "instance in a folder")
        self.maybe_folders.discard(name)
        self.folders.add(name)

    def delete_folder(self):
        if not self.folders:
            return
        name = self.folders.pop()
        self.maybe_folders.add(name)
        status, _ = self.connection.request("DELETE", self.path + "/" + name)
        self.expect(2002, status, "delete of a folder")
        self.maybe_folders.discard(name)
        self.gone_folders.add(name)

    def run(self):
        steps = [self.create_instance] * 6 + [self.delete_instance] * 3 + [self.update, self.create_folder, self.delete_folder]
        try:
            while True:
                self.random.choice(steps)()
        except (OSError, http.client.HTTPException):
            pass
        except Exception as problem:
            self.error = problem

    def check(self, connection):
        status, content = connection.request("GET", self.path + "?rcn=4")
        if status != 2000:
            raise Refused("the container of client %d is gone: %d" % (self.index, status))
        found = content["m2m:cnt"]
        instances = {i["con"]: i for i in found.get("m2m:cin", [])}
        if found["cni"] != len(instances) or found["cbs"] != sum(i["cs"] for i in instances.values()):
            raise Refused("counters of client %d: cni %d, %d children" % (self.index, found["cni"], len(instances)))
        for content in self.alive:
            if content not in instances:
                raise Refused("lost: " + content)
        for content in instances:
            if content not in self.alive and content not in self.maybe:
                raise Refused("undead or invented: " + content)
        for content in list(self.maybe):
            self.maybe.discard(content)
            if content in instances:
                self.alive[content] = instances[content]["rn"]
            else:
                self.dead.add(content)
        label = (found.get("lbl") or [None])[0]
        if label not in (self.label, self.open_label):
            raise Refused("update lost: %s instead of %s" % (label, self.label))
        self.label, self.open_label = label, None
        self.check_folders(connection, {f["rn"]: f for f in found.get("m2m:cnt", [])})

    def check_folders(self, connection, folders):
        for name, folder in folders.items():
            if name in self.gone_folders:
                raise Refused("undead folder " + name)
            if folder["cni"] != len(folder.get("m2m:cin", [])):
                raise Refused("counters of folder " + name)
        for name in self.folders:
            if name not in folders or folders[name]["cni"] != 1:
                raise Refused("lost folder or its instance: " + name)
        for name in list(self.maybe_folders):
            self.maybe_folders.discard(name)
            if name in folders and folders[name]["cni"] == 1:
                self.folders.add(name)
            elif name in folders:
                connection.request("DELETE", self.path + "/" + name)
                self.gone_folders.add(name)


def prepare(connection, target):
    """One AE, a container a client, and a subscription for each."""
    status, _ = connection.request("POST", "/gatehouse", {"m2m:ae": {"rn": "crash", "api": "Ncrash", "rr": True, "srv": ["3"]}}, 2)
    assert status == 2001, status
    for index in range(CLIENTS):
        status, _ = connection.request("POST", "/gatehouse/crash", {"m2m:cnt": {"rn": "c%d" % index}}, 3)
        assert status == 2001, status
        status, answer = connection.request("POST", "/gatehouse/crash/c%d" % index,
                                       {"m2m:sub": {"rn": "s", "nu": [target + str(index)], "enc": {"net": [3]}, "nct": 1}}, 23)
        assert status == 2001, (status, answer)


def wait_for_notifications(clients):
    """Every creation that was acknowledged or turned out to be there; a time limit only ends a failure."""
    wanted = set()
    for client in clients:
        wanted.update(client.alive, client.created)
    with Listener.lock:
        complete = Listener.lock.wait_for(lambda: wanted.issubset(Listener.seen), timeout=120)
        if not complete:
            missing = sorted(wanted.difference(Listener.seen))
            raise Refused("%d notifications lost, first %s" % (len(missing), missing[0]))
        for parent, tags in Listener.order.items():
            if tags != sorted(tags):
                raise Refused("notifications of %s out of order" % parent)


def main():
    build, rounds = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 30)
    chance = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="gatehouse-crash-")
    print("# seed %d" % seed, flush=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.handle_error = lambda request, address: None   # a killed peer is what this is about
    threading.Thread(target=server.serve_forever, daemon=True).start()
    daemon = Daemon(build, folder)
    daemon.start()
    prepare(Connection(daemon.port), "http://127.0.0.1:%d/" % server.server_address[1])
    clients = [Client(index, chance.random()) for index in range(CLIENTS)]
    killed = threading.Event()
    for turn in range(rounds):
        clients = [client.begin(daemon.port) for client in clients]
        killed.wait(chance.uniform(0.05, 0.6))
        daemon.kill(signal.SIGKILL)
        for client in clients:
            client.join()
            if client.error is not None:
                raise Refused("client %d: %s" % (client.index, client.error))
        daemon.start()
        connection = Connection(daemon.port)
        for client in clients:
            client.check(connection)
        if (turn + 1) % 20 == 0:
            print("# %d crashes, %d changes acknowledged" % (turn + 1, sum(c.acknowledged for c in clients)), flush=True)
    wait_for_notifications(clients)
    daemon.kill(signal.SIGTERM)
    repeated = sum(n - 1 for n in Listener.seen.values())
    print("# %d crashes: %d acknowledged changes kept, %d creations notified, %d of them more than once"
          % (rounds, sum(c.acknowledged for c in clients), len(Listener.seen), repeated))
    shutil.rmtree(folder)


try:
    main()
    print("ok 1 - nothing acknowledged is lost when the process is killed")
    print("1..1")
except Refused as problem:
    print("not ok 1 - %s" % problem)
    print("1..1")
    sys.exit(1)
