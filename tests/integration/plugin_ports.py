# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ports for test-plugins.sh: "free" prints one that nobody has, over UDP and TCP; "hold PORT" holds it
over both until its input ends, and says so, or why it cannot."""

import socket
import sys

KINDS = (socket.SOCK_DGRAM, socket.SOCK_STREAM)


def bind(kind, port):
    one = socket.socket(socket.AF_INET, kind)
    if kind == socket.SOCK_STREAM:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", port))
    if kind == socket.SOCK_STREAM:
        one.listen(1)
    return one


def find():
    while True:
        with bind(socket.SOCK_DGRAM, 0) as datagram:
            port = datagram.getsockname()[1]
            try:
                bind(socket.SOCK_STREAM, port).close()
            except OSError:
                continue
            return port


def hold(port):
    try:
        held = [bind(kind, port) for kind in KINDS]
    except OSError as error:
        print(f"taken: {error}", flush=True)
        return 1
    print("held", flush=True)
    sys.stdin.read()
    for one in held:
        one.close()
    return 0


if sys.argv[1] == "free":
    print(find())
else:
    sys.exit(hold(int(sys.argv[2])))
