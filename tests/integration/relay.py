# SPDX-License-Identifier: LGPL-2.1-or-later
"""relay.py LISTEN-ADDRESS PORT TARGET-ADDRESS PORT SEED: a bad network for UDP. Of the datagrams
between each peer and the target some are lost, doubled, late, or overtaken by others; which ones
follows from the seed."""
import heapq
import random
import selectors
import socket
import sys
import time

LOST, DOUBLED, LATE = 0.05, 0.15, 0.25
LONGEST_S = 0.3


class Relay:
    def __init__(self, listen, target, seed):
        self.random = random.Random(seed)
        self.target = target
        self.selector = selectors.DefaultSelector()
        self.front = self.open(listen)
        self.backs = {}  # peer -> our socket to the target for it
        self.queue = []  # (when, number, socket, destination, octets)
        self.number = 0

    def open(self, address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(address)
        self.selector.register(sock, selectors.EVENT_READ)
        return sock

    def pass_on(self, sock, destination, octets):
        if self.random.random() < LOST:
            return
        for _ in range(2 if self.random.random() < DOUBLED else 1):
            delay = self.random.random() * LONGEST_S if self.random.random() < LATE else 0
            self.number += 1
            heapq.heappush(self.queue, (time.monotonic() + delay, self.number, sock, destination,
                                        octets))

    def take(self, sock):
        octets, peer = sock.recvfrom(65536)
        if sock is not self.front:
            self.pass_on(self.front, next(p for p, b in self.backs.items() if b is sock), octets)
            return
        if peer not in self.backs:
            self.backs[peer] = self.open(("0.0.0.0", 0))
        self.pass_on(self.backs[peer], self.target, octets)

    def run(self):
        while True:
            wait = max(self.queue[0][0] - time.monotonic(), 0) if self.queue else None
            for key, _ in self.selector.select(wait):
                self.take(key.fileobj)
            while self.queue and self.queue[0][0] <= time.monotonic():
                _, _, sock, destination, octets = heapq.heappop(self.queue)
                try:
                    sock.sendto(octets, destination)
                except OSError:
                    pass


if __name__ == "__main__":
    Relay((sys.argv[1], int(sys.argv[2])), (sys.argv[3], int(sys.argv[4])), int(sys.argv[5])).run()
