#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether the time of a refusal tells what exists: many requests of somebody without any right.

Usage: refusal-times.py HTTP-URL [N]

HTTP-URL is a plain listener of --dev. The questions are mixed, so that what else the machine does
hits all alike. Prints the median and the middle half of each, in microseconds, and the factor to
the first.
"""
import http.client
import json
import random
import statistics
import sys
import time
import urllib.parse

NAMES = {1: "m2m:acp", 2: "m2m:ae", 3: "m2m:cnt", 4: "m2m:cin"}


def ask(line, method, who, path, kind=0, attributes=None):
    headers = {"X-M2M-Origin": who, "X-M2M-RI": "r", "X-M2M-RVI": "3"}
    body = None
    if kind:
        headers["Content-Type"] = "application/json;ty=%d" % kind
        body = json.dumps({NAMES[kind]: attributes})
    began = time.perf_counter_ns()
    line.request(method, path, body, headers)
    answer = line.getresponse()
    answer.read()
    return answer.getheader("X-M2M-RSC"), (time.perf_counter_ns() - began) / 1000


def main():
    line = http.client.HTTPConnection(urllib.parse.urlsplit(sys.argv[1]).netloc, timeout=60)
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    windows = [{"actw": ["* * %d-%d * * * *" % (i % 20, i % 20 + 2)]} for i in range(20)]
    rules = [{"acor": ["Cnobody%d" % i], "acop": 63, "acco": windows} for i in range(20)]
    base = {"pvs": {"acr": [{"acor": ["CAdmin"], "acop": 63}]}}
    made = [ask(line, "POST", "CAdmin", "/gatehouse", *what)[0] for what in (
        (1, dict(base, rn="few", pv={"acr": rules[:1]})),
        (1, dict(base, rn="many", pv={"acr": rules})),
        (3, {"rn": "few-rules", "acpi": ["gatehouse/few"]}),
        (3, {"rn": "many-rules", "acpi": ["gatehouse/many"]}),
        (3, {"rn": "no-rules"}))]
    made += [ask(line, "POST", "CAdmin", "/gatehouse/few-rules", 4, {"con": "x" * 5000, "rn": "in"})[0],
             ask(line, "POST", "CAdmin", "/gatehouse/many-rules", 3, {"rn": "below",
                                                                     "acpi": ["gatehouse/many"]})[0]]
    if set(made) - {"2001", "4105"}:
        sys.exit("cannot prepare: %s" % made)
    paths = {"nothing there": "/gatehouse/no-such-one", "nothing below what is there":
             "/gatehouse/few-rules/no", "no policy": "/gatehouse/no-rules",
             "one rule": "/gatehouse/few-rules", "20 rules of 20 windows": "/gatehouse/many-rules",
             "the same, below such": "/gatehouse/many-rules/below",
             "an instance": "/gatehouse/few-rules/in", "a policy": "/gatehouse/many"}
    for method in ("GET", "DELETE"):
        times, codes = {what: [] for what in paths}, {}
        for _ in range(n):
            for what in random.sample(list(paths), len(paths)):
                codes[what], us = ask(line, method, "Cstranger", paths[what])
                times[what].append(us)
        first = None
        for what, all_us in times.items():
            low, median, high = statistics.quantiles(all_us, n=4)
            first = first or median
            print("%-7s %-28s %s  %6.0f us  (%.0f..%.0f)  %.2f"
                  % (method, what, codes[what], median, low, high, median / first))


if __name__ == "__main__":
    main()
