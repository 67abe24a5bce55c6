#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends one message that no library would send, octet by octet, and says how it ends: the name of the
error, "answered", or "closed" when the bus ends the connection."""

import os
import socket
import struct
import sys

NAME = b"org.gatehouse.Gatehouse1"
PATH = b"/org/gatehouse/Gatehouse1"
MEBIOCTET = 1024 * 1024


def pad(data, to):
    return data + b"\0" * (-len(data) % to)


def text(value):
    return struct.pack("<I", len(value)) + value + b"\0"


def field(code, signature, value):
    data = bytes([code, len(signature)]) + signature + b"\0"
    return data + (bytes([len(value)]) + value + b"\0" if signature == b"g" else text(value))


def message(serial, destination, path, interface, member, signature, body):
    fields = b""
    for code, kind, value in ((1, b"o", path), (2, b"s", interface), (3, b"s", member),
                              (6, b"s", destination), (8, b"g", signature)):
        if value:
            # the fields begin at a multiple of eight
            fields = pad(fields, 8) + field(code, kind, value)
    head = b"l\1\0\1" + struct.pack("<III", len(body), serial, len(fields)) + fields
    return pad(head, 8) + body


def create(content):
    """Resources.Create; @content appends the variant."""
    body = pad(text(b"CAdmin"), 4)
    body = pad(body + text(b"gatehouse"), 4) + struct.pack("<I", 3)
    body = pad(content(body), 4) + struct.pack("<I", 0)
    return b".Resources", b"Create", b"ssuva{sv}", pad(body, 8)


def octets(n):
    return lambda body: pad(body + b"\2ay\0", 4) + struct.pack("<I", n) + bytes(n)


def variants(n):
    return lambda body: pad(body + b"\2av\0", 4) + struct.pack("<I", 4 * n) + b"\1y\0\1" * n


def nested(depth):
    return lambda body: body + b"\1v\0" * depth + b"\1y\0\1"


def string(value):
    return lambda body: pad(body + b"\1s\0", 4) + text(value)


KINDS = {
    "whole": lambda: create(string(b'{"m2m:cnt":{}}')),
    "utf8": lambda: create(string(b'{"m2m:cnt":{"rn":"\xff\xfe"}}')),
    "zero": lambda: create(string(b'{"m2m:\0cnt":{}}')),
    "array": lambda: create(octets(30 * MEBIOCTET)),
    "large-array": lambda: create(octets(64 * MEBIOCTET)),
    "large": lambda: create(octets(8 * MEBIOCTET + 32)),
    "dear": lambda: create(variants(4 * MEBIOCTET)),
    "some": lambda: create(variants(30000)),
    "many": lambda: create(variants(MEBIOCTET // 4)),
    "long-array": lambda: create(octets(64 * MEBIOCTET + 1)),
    "nested": lambda: create(nested(40)),
    "deep": lambda: create(nested(100)),
    "short": lambda: (b"", b"SetLogLevel", b"s", struct.pack("<I", 100) + b"info\0"),
    "boolean": lambda: (b".Credentials", b"InitAuthority", b"b", struct.pack("<I", 2)),
    "signature": lambda: (b"", b"SetLogLevel", b"a{vs}", struct.pack("<I", 0)),
    "other-type": lambda: (b"", b"SetLogLevel", b"u", struct.pack("<I", 1)),
}


def connect():
    address = os.environ["DBUS_SESSION_BUS_ADDRESS"].split("abstract=")[1].split(",")[0]
    bus = socket.socket(socket.AF_UNIX)
    bus.connect("\0" + address)
    bus.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
    bus.recv(100)
    bus.sendall(b"BEGIN\r\n")
    bus.sendall(message(1, b"org.freedesktop.DBus", b"/org/freedesktop/DBus",
                        b"org.freedesktop.DBus", b"Hello", b"", b""))
    return bus


def read(bus, n):
    data = b""
    while len(data) < n:
        more = bus.recv(n - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def answer(bus, serial):
    """The answer to the message with @serial: "answered", or the name of the error and its text."""
    while True:
        head = read(bus, 16)
        length, _, fields = struct.unpack("<III", head[4:])
        rest = read(bus, fields + -fields % 8)
        body = read(bus, length)
        if b"\5\1u\0" + struct.pack("<I", serial) not in rest:
            continue
        if head[1] == 2:
            return "answered"
        name = rest[rest.index(b"\4\1s\0") + 8:].split(b"\0")[0].decode()
        return name + ": " + body[4:-1].decode(errors="replace")


interface, member, signature, body = KINDS[sys.argv[1]]()
bus = connect()
answer(bus, 1)
try:
    bus.sendall(message(2, NAME, PATH, NAME + interface, member, signature, body))
    print(answer(bus, 2))
except ConnectionError:
    print("closed")
