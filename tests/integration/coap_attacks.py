#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What no client of a library can send, to a running gatehoused over CoAP: cut off, changed, out of
order, repeated, from another port, too large, of unknown kinds.

Usage: coap_attacks.py URL PID

URL is that of a listener with --dev, PID the daemon's. Prints TAP. Each group ends with an ordinary
request, so that a daemon that has stopped listening fails the group that did it.
"""
import os
import socket
import sys

CON, NON, ACK, RST = range(4)
GET, POST, PUT, DELETE = 1, 2, 3, 4
OBSERVE, URI_PATH, CONTENT_FORMAT, BLOCK2, BLOCK1, PROXY_URI = 6, 11, 12, 23, 27, 35
TYPE, RELEASE, FROM, IDENTIFIER, STATUS, OLD_STATUS = 267, 271, 279, 283, 307, 265
JSON = b"\x32"
PATIENCE = 20  # seconds until an answer that must come counts as missing


def text_code(code):
    return "%d.%02d" % (code >> 5, code & 31)


def write(kind, code, mid, token, options, payload=b"", token_length=None):
    """A message; options: (number, value) in any order."""
    out = bytearray([0x40 | kind << 4 | (len(token) if token_length is None else token_length), code])
    out += mid.to_bytes(2, "big") + token
    last = 0
    for number, value in sorted(options, key=lambda o: o[0]):
        fields = []
        for n in (number - last, len(value)):
            fields.append((n, b"") if n < 13 else (13, bytes([n - 13])) if n < 269
                          else (14, (n - 269).to_bytes(2, "big")))
        out.append(fields[0][0] << 4 | fields[1][0])
        out += fields[0][1] + fields[1][1] + value
        last = number
    return bytes(out + (b"\xff" + payload if payload else b""))


class Message:
    """An answer; ValueError when it is not well-formed."""

    def __init__(self, octets):
        if len(octets) < 4 or octets[0] >> 6 != 1 or octets[0] & 15 > 8:
            raise ValueError("not a message: " + octets.hex())
        self.kind, self.code = octets[0] >> 4 & 3, octets[1]
        self.mid = int.from_bytes(octets[2:4], "big")
        at = 4 + (octets[0] & 15)
        self.token = octets[4:at]
        self.options, number = {}, 0
        while at < len(octets) and octets[at] != 0xff:
            head, at = octets[at], at + 1
            values = []
            for nibble in (head >> 4, head & 15):
                wide = {13: (1, 13), 14: (2, 269)}.get(nibble, (0, nibble))
                if nibble == 15:
                    raise ValueError("a reserved option: " + octets.hex())
                values.append(wide[1] + int.from_bytes(octets[at:at + wide[0]], "big"))
                at += wide[0]
            number += values[0]
            if at + values[1] > len(octets):
                raise ValueError("an option is cut off: " + octets.hex())
            self.options.setdefault(number, []).append(octets[at:at + values[1]])
            at += values[1]
        self.payload = octets[at + 1:]

    def rsc(self):
        value = self.options.get(STATUS) or self.options.get(OLD_STATUS)
        return int.from_bytes(value[0], "big") if value else None

    def __str__(self):
        return "%s %s %r" % ("CON NON ACK RST".split()[self.kind], text_code(self.code), self.rsc())


class Peer:
    """A source address and port."""
    mid = 1

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(address)

    def send(self, octets):
        self.socket.send(octets)

    def get(self, seconds=PATIENCE):
        """The next message; None: nothing came."""
        self.socket.settimeout(seconds)
        try:
            return Message(self.socket.recv(65536))
        except TimeoutError:
            return None

    def ask(self, octets, seconds=PATIENCE):
        self.send(octets)
        return self.get(seconds)

    def drain(self):
        """What has come, and comes before the answer to a ping."""
        mid, heard = next_mid(), []
        self.send(write(CON, 0, mid, b"", []))
        while True:
            answer = self.get()
            if answer is None or (answer.kind == RST and answer.mid == mid):
                return heard
            heard.append(answer)


def next_mid():
    Peer.mid = Peer.mid % 65535 + 1
    return Peer.mid


def request(code, path, extra=(), payload=b"", mid=None, token=b"tk", kind=CON, ty=None):
    options = [(URI_PATH, part.encode()) for part in path.split("/")]
    options += [(FROM, b"CAdmin"), (IDENTIFIER, b"r1"), (RELEASE, b"3")]
    if payload:
        options.append((CONTENT_FORMAT, JSON))
    if ty is not None:
        options.append((TYPE, bytes([ty])))
    return write(kind, code, next_mid() if mid is None else mid, token, options + list(extra), payload)


def container(name):
    return b'{"m2m:cnt":{"rn":"%s"}}' % name.encode()


class Attacks:
    def __init__(self, address):
        self.address = address
        self.peer = Peer(address)
        self.cases = 0

    def case(self, what, passed, why=""):
        self.cases += 1
        alive = Peer(self.address).ask(request(GET, "gatehouse"))
        if alive is None or alive.rsc() != 2000:
            passed, why = False, "the daemon no longer answers"
        print("%sok %d - %s" % ("" if passed else "not ", self.cases, what))
        if not passed:
            print("#   " + str(why))
        sys.stdout.flush()

    def expect(self, what, octets, code, rsc=None, kind=ACK, peer=None):
        answer = (peer or self.peer).ask(octets)
        passed = answer is not None and text_code(answer.code) == code and answer.kind == kind
        self.case(what, passed and (rsc is None or answer.rsc() == rsc), answer)

    def exists(self, name):
        answer = Peer(self.address).ask(request(GET, "gatehouse/" + name))
        return answer.rsc() == 2000

    # What the codec sees.

    def truncated(self):
        whole = request(POST, "gatehouse", payload=container("cut"), ty=3)
        heard = []
        for length in range(len(whole)):
            peer = Peer(self.address)
            peer.send(whole[:length])
            heard += peer.drain()
        wrong = [str(a) for a in heard if a.kind != RST and a.code >> 5 not in (4, 5)]
        self.case("a create cut off after each of its %d octets" % len(whole),
                  not wrong and not self.exists("cut"), wrong)
        self.expect("the whole one is done", whole, "2.01", 2001)

    def flipped(self):
        whole = request(GET, "gatehouse/cut")
        wrong = []
        for bit in range(8 * len(whole)):
            changed = bytearray(whole)
            changed[bit // 8] ^= 1 << bit % 8
            peer = Peer(self.address)
            peer.send(bytes(changed))
            try:
                peer.drain()
            except ValueError as error:
                wrong.append("bit %d: %s" % (bit, error))
        self.case("a retrieve with each of its %d bits changed" % (8 * len(whole)), not wrong, wrong)

    def broken(self):
        mid = next_mid
        rows = [("a token of %d octets" % n, write(CON, GET, mid(), bytes(n), [], token_length=n))
                for n in (9, 12, 15)]
        rows += [
            ("no octet behind the marker", request(GET, "gatehouse") + b"\xff"),
            ("an option with the delta 15", request(GET, "gatehouse") + b"\xf0"),
            ("an option with the length 15", request(GET, "gatehouse") + b"\x1f"),
            ("an option that is longer than the datagram", request(GET, "gatehouse") + b"\x1e\xff\xff"),
            ("an empty message with a token", write(CON, 0, mid(), b"tk", [])),
        ]
        rows += [("a confirmable message of the code %s" % text_code(code),
                  write(CON, code, mid(), b"tk", [])) for code in (0x20, 0x3f, 0xc0, 0xff)]
        for what, octets in rows:
            answer = self.peer.ask(octets)
            self.case(what + " is reset", answer is not None and answer.kind == RST, answer)
        silent = [write(ACK, 0x45, 77, b"tk", []), write(RST, 0, 78, b"", []), write(ACK, 0, 79, b"", []),
                  write(NON, 0x45, 80, b"tk", []), b"", b"@", bytes([0x80, 1, 0, 1]), b"\xff" * 64]
        for octets in silent:
            self.peer.send(octets)
        heard = [str(a) for a in self.peer.drain()]
        self.case("answers that nobody waits for, and other versions, get nothing", not heard, heard)

    # What the message layer and the mapping see.

    def options(self):
        self.expect("an unknown critical option", request(GET, "gatehouse", [(2049, b"x")]), "4.02")
        answer = self.peer.ask(request(GET, "gatehouse", [(2049, b"x")], kind=NON))
        self.case("in a message that is not confirmable it is reset",
                  answer is not None and answer.kind == RST, answer)
        self.expect("an unknown elective one is let pass", request(GET, "gatehouse", [(2050, b"x")]),
                    "2.05", 2000)
        self.expect("a critical option that stands twice",
                    request(GET, "gatehouse", [(17, JSON), (17, JSON)]), "4.02")
        self.expect("From twice", request(GET, "gatehouse", [(FROM, b"CEvil")]), "4.02")
        self.expect("a proxy's request", request(GET, "gatehouse", [(PROXY_URI, b"coap://x/")]), "5.05")
        self.expect("both sets of numbers", request(GET, "gatehouse", [(256, b"CEvil")]), "4.00", 4000)
        for code in (5, 6, 7, 8, 31):
            self.expect("a method of the code " + text_code(code), request(code, "gatehouse"),
                        "4.05", 4005)
        self.expect("sixty segments", request(GET, "/".join(["a"] * 60)), "4.00", 4000)

    def blocks(self):
        body = container("blocks").ljust(64)
        more, szx = 8, 0
        part = [body[i:i + 16] for i in range(0, 64, 16)]

        def block(number, flags=more, size=szx, payload=None, peer=None):
            value = (number << 4 | flags | size).to_bytes(3, "big").lstrip(b"\0")
            octets = request(POST, "gatehouse", [(BLOCK1, value)], part[number % 4] if payload is None
                             else payload, token=b"bl", ty=3)
            return (peer or self.peer).ask(octets)

        def refused(what, answer, code):
            self.case(what, answer is not None and text_code(answer.code) == code, answer)

        refused("a second block without a first", block(1), "4.08")
        refused("a first block", block(0), "2.31")
        refused("and the third", block(2), "4.08")
        refused("another first block", block(0), "2.31")
        refused("the second from another port", block(1, peer=Peer(self.address)), "4.08")
        refused("the second itself", block(1), "2.31")
        refused("the third in another size", block(2, size=2, payload=body), "4.08")
        refused("a block that is shorter than it says", block(0, payload=b"{"), "4.00")
        refused("a block of the reserved size", block(0, size=7), "4.00")
        refused("a block far behind what is allowed",
                block(0xfffff, size=6, payload=b"x" * 1024), "4.13")
        self.case("no body was assembled of all these", not self.exists("blocks"))
        self.expect("a datagram of 5,000 octets", request(POST, "gatehouse", payload=b"x" * 5000, ty=3),
                    "4.13")

    # The rule of TS-0008 7, as far as it has a meaning without associations: by address and port.

    def repeated(self):
        octets = request(POST, "gatehouse", payload=container("once"), ty=3, mid=0x7001)
        answers = [self.peer.ask(octets) for _ in range(5)]
        same = all(a is not None and a.rsc() == 2001 and a.payload == answers[0].payload for a in answers)
        self.case("five times the same create, one resource, five times its answer", same,
                  [str(a) for a in answers])
        answer = Peer(self.address).ask(octets)
        self.case("the same octets from another port are a request of their own",
                  answer is not None and answer.rsc() == 4105, answer)
        answer = self.peer.ask(request(DELETE, "gatehouse/once", mid=0x7001))
        self.case("other octets with its message id are no repetition",
                  answer is not None and answer.rsc() == 2002, answer)
        first, second = (request(GET, "gatehouse", mid=m, token=bytes([m & 255])) for m in (0x7101, 0x7102))
        self.peer.send(second)
        self.peer.send(first)
        answers = sorted(self.peer.get().mid for _ in range(2))
        self.case("two requests in the wrong order get both their answers",
                  answers == [0x7101, 0x7102], answers)

    def observed(self):
        watcher, stranger, admin = (Peer(self.address) for _ in range(3))
        admin.ask(request(POST, "gatehouse", payload=container("seen"), ty=3))
        update = b'{"m2m:cnt":{"mni":%d}}'
        first = watcher.ask(request(GET, "gatehouse/seen", [(OBSERVE, b"")], token=b"obs"))
        self.case("a container is observed", OBSERVE in first.options, first)
        admin.ask(request(PUT, "gatehouse/seen", payload=update % 1))
        told = watcher.get()
        for kind in (RST, ACK):
            stranger.send(write(kind, 0, told.mid, b"", []))
        stranger.drain()
        again = watcher.get()
        self.case("a Reset or an acknowledgement from another port ends nothing: it is told again",
                  again is not None and again.mid == told.mid, again)
        watcher.send(write(ACK, 0, told.mid, b"", []))
        admin.ask(request(PUT, "gatehouse/seen", payload=update % 2))
        told = watcher.get()
        self.case("nor the next change", told is not None and b'"mni":2' in told.payload, told)
        stranger.send(request(GET, "gatehouse/seen", [(OBSERVE, b"\x01")], token=b"obs"))
        stranger.get()
        watcher.send(write(ACK, 0, told.mid, b"", []))
        admin.ask(request(PUT, "gatehouse/seen", payload=update % 3))
        told = watcher.get()
        self.case("nor is it cancelled from another port with its token",
                  told is not None and b'"mni":3' in told.payload, told)
        watcher.send(write(RST, 0, told.mid, b"", []))


def main():
    host, port = sys.argv[1].split("//")[1].rsplit(":", 1)
    attacks = Attacks((host, int(port)))
    for group in (attacks.truncated, attacks.flipped, attacks.broken, attacks.options, attacks.blocks,
                  attacks.repeated, attacks.observed):
        group()
    try:
        os.kill(int(sys.argv[2]), 0)
        attacks.case("the daemon is the same as at the beginning", True)
    except OSError as error:
        attacks.case("the daemon is the same as at the beginning", False, error)
    print("1..%d" % attacks.cases)


if __name__ == "__main__":
    main()
