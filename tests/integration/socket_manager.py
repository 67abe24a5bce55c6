#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service manager for test-plugin-sockets.sh: opens sockets for HTTPS and CoAP over DTLS, passes them to
the program of its arguments, keeps them, and says in the file AFTER whether they are as they were when that
has ended. The ports are in the file PORTS."""

import os
import signal
import socket
import sys

with socket.create_server(("127.0.0.1", 0)) as free:
    # by its number, as a manager does: the kernel forgets one that it has chosen when nobody listens
    port = free.getsockname()[1]
stream = socket.create_server(("127.0.0.1", port))
datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagram.bind(("127.0.0.1", 0))
with open(os.environ["PORTS"], "w", encoding="ascii") as ports:
    print(stream.getsockname()[1], datagram.getsockname()[1], file=ports)

child = os.fork()
if child == 0:
    # by way of higher ones, as 3 and 4 may be those that are copied
    for to, one in enumerate((stream, datagram)):
        os.dup2(one.fileno(), 20 + to)
    for to in (0, 1):
        os.dup2(20 + to, 3 + to)
        os.set_inheritable(3 + to, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="https:coaps")
    os.execv(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
_, status = os.waitpid(child, 0)
listens = stream.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
with open(os.environ["AFTER"], "w", encoding="ascii") as after:
    print("listens" if listens else "is deaf", file=after)
sys.exit(os.waitstatus_to_exitcode(status))
