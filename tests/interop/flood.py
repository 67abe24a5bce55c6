#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A flood of ClientHellos from addresses that were made up, against a listener of coaps.

Usage: flood.py URL PID PEER-COMMAND...

The ClientHello is one of openssl. Sources are addresses of 127.0.0.0/8, each used once. PEER-COMMAND
is an honest client, which is run before and during the flood and must get its answer ("code 2.05").
Prints TAP, and what was measured as comments: memory and rates are told, only memory is judged.
"""
import os
import re
import select
import socket
import subprocess
import sys
import time

SOURCES = 20000
# One association of a state-keeping server takes 11 KiB and more: 200 MiB of them.
ALLOWED = 4 << 20
HONEST = 10


def client_hello():
    """The first flight of a client, before it has a cookie."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    listener.settimeout(20)
    client = subprocess.Popen(
        ["openssl", "s_client", "-dtls1_2", "-connect", "127.0.0.1:%d" % listener.getsockname()[1],
         "-psk", "00" * 16, "-psk_identity", "x@example.org", "-cipher", "PSK-AES128-CCM8@SECLEVEL=0"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return listener.recv(4096)
    finally:
        client.kill()
        client.wait()


def resident(pid):
    with open("/proc/%d/statm" % pid) as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Flood:
    def __init__(self, address, hello):
        self.address, self.hello = address, hello
        self.sent = self.verified = self.other = 0

    def once(self):
        """One ClientHello from an address of its own, and the kind of what it gets."""
        self.sent += 1
        number = self.sent
        source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        source.bind(("127.%d.%d.%d" % (1 + number // 62500, 1 + number // 250 % 250, 1 + number % 250), 0))
        source.sendto(self.hello, self.address)
        if number % 100 == 0 and select.select([source], [], [], 5)[0]:
            answer = source.recv(4096)
            # record of a handshake, message HelloVerifyRequest
            if answer[0] == 22 and answer[13] == 3 and len(answer) < len(self.hello):
                self.verified += 1
            else:
                self.other += 1
        source.close()


def honest(command, idle):
    """Handshakes, each with a retrieve: how many were answered, and how many a second."""
    start, answered = time.monotonic(), 0
    for _ in range(HONEST):
        client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while client.poll() is None:
            idle()
        answered += b"code 2.05" in client.stdout.read()
        client.stdout.close()
    return answered, HONEST / (time.monotonic() - start)


def main():
    url, pid, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    host, port = re.match(r"coaps://(.*):(\d+)$", url).groups()
    flood = Flood((host, int(port)), client_hello())
    cases = []
    answered, alone = honest(command, lambda: time.sleep(0.001))
    cases.append(("%d honest handshakes before" % HONEST, answered == HONEST))
    for _ in range(500):
        flood.once()
    before, start = resident(pid), time.monotonic()
    answered, during = honest(command, flood.once)
    beside = flood.sent
    rate = beside / (time.monotonic() - start)
    cases.append(("%d during the flood" % HONEST, answered == HONEST))
    while flood.sent < SOURCES:
        flood.once()
    grown = resident(pid) - before
    cases.append(("each source that looked got a HelloVerifyRequest, smaller than what it sent",
                  flood.other == 0 and flood.verified == flood.sent // 100))
    cases.append(("%d made-up sources left no more than %d octets" % (flood.sent, ALLOWED),
                  grown <= ALLOWED))
    answered, _ = honest(command, lambda: time.sleep(0.001))
    cases.append(("%d honest handshakes after it" % HONEST, answered == HONEST))
    print("# honest handshakes with a retrieve: %.1f/s before, %.1f/s beside %.0f ClientHellos/s"
          % (alone, during, rate))
    print("# resident memory: %d KiB before, %+d KiB after %d sources"
          % (before >> 10, grown >> 10, flood.sent))
    for number, (what, passed) in enumerate(cases, 1):
        print("%sok %d - %s" % ("" if passed else "not ", number, what))


main()
