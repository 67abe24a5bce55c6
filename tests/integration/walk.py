#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Creates, reads, updates and deletes a resource of every type in a running gatehoused.

Usage: walk.py BUILDDIR http|coap [TABLE]

Prints TAP, one case a type, and writes the table of the walk to TABLE. The daemon is started again on
its store between creating and updating, so that every type is read back from there as well. What is
sent comes from the program walk-bodies, one JSON object a line; a binding is a class with request().
"""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

ADMINISTRATOR, APPLICATION = "CAdmin", "CWalk"
METHODS = {"create": "POST", "retrieve": "GET", "update": "PUT", "delete": "DELETE"}
WANTED = {"create": 2001, "retrieve": 2000, "update": 2004, "delete": 2002}


class Http:
    """Requests over HTTP, one keep-alive connection."""
    options = ["--set", "http.listen=127.0.0.1:0", "--set", "coap.listen=127.0.0.1:0"]

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(url.split("//")[1], timeout=20)

    def request(self, operation, to, originator, content=None, ty=None):
        """The response status code, and the content as JSON or None."""
        headers = {"X-M2M-Origin": originator, "X-M2M-RI": "walk", "X-M2M-RVI": "3"}
        body = None
        if content is not None:
            headers["Content-Type"] = "application/json" + (";ty=%d" % ty if ty else "")
            body = json.dumps(content)
        self.connection.request(METHODS[operation], "/" + to, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        return int(answer.headers["X-M2M-RSC"]), json.loads(data) if data else None


class Coap:
    """Requests over CoAP (RFC 7252, 7959) with the options of TS-0008, one at a time."""
    options = ["--set", "plugins.load=coap;sqlite", "--set", "coap.listen=127.0.0.1:0"]
    codes = {"create": 2, "retrieve": 1, "update": 3, "delete": 4}
    URI_PATH, CONTENT_FORMAT, BLOCK2 = 11, 12, 23
    TYPE, RELEASE, FROM, IDENTIFIER, STATUS = 267, 271, 279, 283, 307
    JSON = b"\x32"

    def __init__(self, url):
        host, port = url.split("//")[1].rsplit(":", 1)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((host, int(port)))
        self.socket.settimeout(4)
        self.message = 0

    @staticmethod
    def number(value):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    @staticmethod
    def encode_options(options):
        out, last = b"", 0
        for number, value in sorted(options, key=lambda option: option[0]):
            head, extra = [], b""
            for part in (number - last, len(value)):
                head.append(part if part < 13 else 13 if part < 269 else 14)
                extra += b"" if part < 13 else bytes([part - 13]) if part < 269 \
                    else (part - 269).to_bytes(2, "big")
            out += bytes([head[0] << 4 | head[1]]) + extra + value
            last = number
        return out

    @staticmethod
    def decode_options(data):
        options, at, number = {}, 0, 0
        while at < len(data) and data[at] != 0xff:
            parts, at = [data[at] >> 4, data[at] & 15], at + 1
            for i, part in enumerate(parts):
                size = {13: 1, 14: 2}.get(part, 0)
                if size:
                    parts[i] = int.from_bytes(data[at:at + size], "big") + {1: 13, 2: 269}[size]
                    at += size
            number += parts[0]
            options.setdefault(number, data[at:at + parts[1]])
            at += parts[1]
        return options, data[at + 1:]

    def receive(self, token):
        """Code, options and payload of the answer with @token; what is confirmable is confirmed."""
        while True:
            data = self.socket.recv(65536)
            kind, length = data[0] >> 4 & 3, data[0] & 15
            if data[1] == 0 or data[4:4 + length] != token:
                continue
            if kind == 0:
                self.socket.send(bytes([0x60, 0]) + data[2:4])
            return self.decode_options(data[4 + length:])

    def exchange(self, code, options, payload):
        self.message += 1
        token = self.message.to_bytes(2, "big")
        data = bytes([0x42, code]) + token + token + self.encode_options(options)
        if payload:
            data += b"\xff" + payload
        for attempt in range(4):
            self.socket.send(data)
            try:
                return self.receive(token)
            except socket.timeout:
                if attempt == 3:
                    raise

    def request(self, operation, to, originator, content=None, ty=None):
        """The response status code, and the content as JSON or None."""
        options = [(self.URI_PATH, part.encode()) for part in to.split("/")]
        options += [(self.FROM, originator.encode()), (self.IDENTIFIER, b"walk"),
                    (self.RELEASE, b"3")]
        body = b""
        if content is not None:
            options.append((self.CONTENT_FORMAT, self.JSON))
            body = json.dumps(content).encode()
        if ty:
            options.append((self.TYPE, self.number(ty)))
        answer, payload = self.exchange(self.codes[operation], options, body)
        status, block = answer[self.STATUS], answer.get(self.BLOCK2)
        while block is not None and int.from_bytes(block, "big") & 8:
            place = int.from_bytes(block, "big")
            following = (place >> 4) + 1 << 4 | place & 7
            answer, more = self.exchange(
                self.codes[operation], options + [(self.BLOCK2, self.number(following))], body)
            payload, block = payload + more, answer.get(self.BLOCK2)
        return int.from_bytes(status, "big"), json.loads(payload) if payload else None


BINDINGS = {"http": Http, "coap": Coap}


class Daemon:
    def __init__(self, build, folder, binding):
        self.build, self.folder, self.binding = build, folder, binding

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.build, "bindings/dbus/gatehoused"), "--dev", "--no-bus",
                 "--set", "plugins.path=" + os.path.join(self.build, "plugins/uninstalled"),
                 "--set", "store.path=" + os.path.join(self.folder, "store.db"),
                 *self.binding.options],
                stdout=subprocess.PIPE, stderr=log, text=True)
        url = None
        for line in self.process.stdout:
            found = re.match(r"listening on (%s://\S+)" % self.binding.__name__.lower(), line)
            url = found.group(1) if found else url
            if line.startswith("ready"):
                return self.binding(url)
        raise SystemExit("Bail out! the daemon did not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        if self.process.wait() != 0:
            raise SystemExit("Bail out! the daemon ended with %d" % self.process.returncode)


class Step:
    """One type and what became of it."""

    def __init__(self, line):
        self.__dict__.update(json.loads(line))
        self.id, self.done, self.failure = None, {}, None

    def run(self, connection, operation, to, content=None):
        # an AE registers itself, and makes its own polling channel
        originator = APPLICATION if self.ty in (2, 15) and operation == "create" else ADMINISTRATOR
        try:
            status, answer = connection.request(operation, to, originator, content,
                                                self.ty if operation == "create" else None)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failure = "%s: %s" % (operation, error)
            return None
        self.done[operation] = status
        if status != WANTED[operation]:
            self.failure = "%s: %d, %s" % (operation, status, json.dumps(answer))
            return None
        return answer.get(self.root) if answer else None

    def create(self, connection, parent):
        resource = self.run(connection, "create", parent.id, self.create_content)
        self.id = resource["ri"] if resource else None

    def retrieve(self, connection, wanted):
        resource = self.run(connection, "retrieve", self.id)
        if resource is None:
            return
        for name, value in wanted[self.root].items():
            if value is not None and resource.get(name) != value:
                self.failure = "retrieve: %s is %s, not %s" % (
                    name, json.dumps(resource.get(name)), json.dumps(value))


def read_plan(build):
    output = subprocess.run([os.path.join(build, "tests/integration/walk-bodies")], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    steps = [Step(line) for line in output.splitlines()]
    for step in steps:
        # the methods have the names of the operations
        step.create_content, step.update_content = step.__dict__.pop("create"), \
            step.__dict__.pop("update")
    return steps


def walk(steps, daemon):
    connection = daemon.start()
    steps[0].id = "gatehouse"
    for step in steps[1:]:
        parent = steps[step.parent]
        if step.create_content and parent.id:
            step.create(connection, parent)
        if step.id:
            step.retrieve(connection, step.create_content)
    daemon.stop()
    connection = daemon.start()
    for step in steps[1:]:
        if step.id:
            step.retrieve(connection, step.create_content)
        if step.id and step.update_content:
            step.run(connection, "update", step.id, step.update_content)
            step.retrieve(connection, step.update_content)
    for step in reversed(steps[1:]):
        if step.id:
            step.run(connection, "delete", step.id)
    steps[0].run(connection, "retrieve", steps[0].id)
    daemon.stop()


def report(steps, table):
    print("1..%d" % len(steps))
    for number, step in enumerate(steps, 1):
        said = ", ".join("%s %d" % item for item in step.done.items())
        left_out = " # not created: " + step.why if step.why and not step.done else ""
        print("%s %d - %s: %s%s" % ("not ok" if step.failure else "ok", number, step.type,
                                    said or "nothing to do", left_out))
        if step.failure:
            print("# " + step.failure)
    if table:
        with open(table, "w", encoding="utf-8") as out:
            out.write("type\tty\troot\tcreate\tretrieve\tupdate\tdelete\tnote\n")
            for step in steps:
                out.write("\t".join([step.type, str(step.ty), step.root] + [
                    str(step.done.get(operation, "-")) for operation in WANTED]
                    + [step.why or "-"]) + "\n")


def main():
    build, binding = sys.argv[1], BINDINGS[sys.argv[2]]
    steps = read_plan(build)
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(build, folder, binding)
        try:
            walk(steps, daemon)
        finally:
            if daemon.process.poll() is None:
                daemon.process.kill()
                daemon.process.wait()
    report(steps, sys.argv[3] if len(sys.argv) > 3 else None)
    failed = sum(1 for step in steps if step.failure)
    print("# %d types: %d walked, %d not created by a request, %d failed" % (
        len(steps), sum(1 for step in steps if "create" in step.done),
        sum(1 for step in steps if not step.done), failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
