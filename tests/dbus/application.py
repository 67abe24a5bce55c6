#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An application on the bus, by PyGObject: reads orders, a line each, and says what comes of them.

Orders: register JSON-OF-OPTIONS | request AE-ID PRIMITIVE | subscribe AE-ID TARGET JSON |
unsubscribe AE-ID ADDRESS | unregister AE-ID | answer KIND | wait | flood AE-ID N | sleep | quit
"""

import json
import sys
import time

from gi.repository import Gio, GLib

NAME = "org.gatehouse.Gatehouse1"
PATH = "/org/gatehouse/Gatehouse1"
APPLICATIONS = NAME + ".Applications"
OBJECT = "/org/example/application"
INTERFACE = """<node><interface name="org.gatehouse.Gatehouse1.PointOfAccess">
<method name="HandleRequest"><arg type="s" direction="in"/><arg type="s" direction="out"/></method>
</interface></node>"""

ANSWERS = {
    "ok": lambda rqi: json.dumps({"rsc": 2000, "rqi": rqi}),
    "content": lambda rqi: json.dumps({"rsc": 2000, "pc": {"m2m:cin": {"con": "hello"}}}),
    "refuse": lambda rqi: json.dumps({"rsc": 4102}),
    "garbage": lambda rqi: "garbage",
    "list": lambda rqi: "[2000]",
    "no-rsc": lambda rqi: "{}",
    "rsc-text": lambda rqi: '{"rsc":"2000"}',
    "rsc-small": lambda rqi: '{"rsc":1000}',
    "rsc-large": lambda rqi: '{"rsc":7000}',
    "other-rqi": lambda rqi: json.dumps({"rsc": 2000, "rqi": rqi + "x"}),
    "member": lambda rqi: json.dumps({"rsc": 2000, "op": 1}),
    "twice": lambda rqi: '{"rsc":2000,"rsc":2000}',
    "pc-text": lambda rqi: json.dumps({"rsc": 2000, "pc": "text"}),
    "deep": lambda rqi: '{"rsc":2000,"pc":' + '{"a":' * 40 + "1" + "}" * 40 + "}",
    "huge": lambda rqi: json.dumps({"rsc": 2000, "pc": {"m2m:cin": {"con": "x" * 2000000}}}),
    "error": None,
    "silence": None,
}

bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
loop = GLib.MainLoop()
heard = []
answer = "ok"


def say(*words):
    print(*words, flush=True)


def call(method, signature, *arguments):
    try:
        return bus.call_sync(
            NAME, PATH, APPLICATIONS, method, GLib.Variant(signature, arguments), None,
            Gio.DBusCallFlags.NO_AUTO_START, 20000, None,
        ).unpack()
    except GLib.Error as error:
        return (error.message,)


def variant(value):
    """What JSON means as a value of a dictionary."""
    if isinstance(value, bool):
        return GLib.Variant("b", value)
    if isinstance(value, int):
        return GLib.Variant("i", value)
    if isinstance(value, str):
        return GLib.Variant("o" if value.startswith("/") else "s", value)
    if isinstance(value, dict):
        return GLib.Variant("a{sv}", {name: variant(member) for name, member in value.items()})
    if value and isinstance(value[0], int):
        return GLib.Variant("ai", value)
    return GLib.Variant("as", value)


def dictionary(text):
    return {name: variant(member) for name, member in json.loads(text).items()}


def signalled(connection, sender, path, interface, member, parameters):
    heard.append(" ".join((member,) + parameters.unpack()))


def called(connection, sender, path, interface, method, parameters, invocation):
    primitive = parameters.unpack()[0]
    heard.append("HandleRequest " + primitive)
    if answer == "silence":
        return
    if answer == "error":
        invocation.return_dbus_error("org.example.Broken", "broken")
        return
    rqi = json.loads(primitive)["rqi"]
    invocation.return_value(GLib.Variant("(s)", (ANSWERS[answer](rqi),)))


def wait():
    """The next of what comes unasked."""
    deadline = time.monotonic() + 20
    while not heard and time.monotonic() < deadline:
        loop.get_context().iteration(False) or time.sleep(0.002)
    say("heard", heard.pop(0) if heard else "nothing")


def quiet():
    """What is on its way is here when a call has come back."""
    call("Request", "(ss)", "Cnobody", "{}")
    while loop.get_context().iteration(False):
        pass
    say("heard", len(heard))


def flood(ae_id, n):
    results = []

    def done(source, result):
        try:
            source.call_finish(result)
            results.append("answered")
        except GLib.Error as error:
            results.append("limited" if "LimitsExceeded" in error.message else error.message)

    primitive = '{"op":2,"to":"%s","rqi":"f","rvi":"3"}' % ae_id
    for _ in range(n):
        bus.call(NAME, PATH, APPLICATIONS, "Request", GLib.Variant("(ss)", (ae_id, primitive)), None,
                 Gio.DBusCallFlags.NONE, 60000, None, done)
    while len(results) < n:
        loop.get_context().iteration(True)
    say("answered", results.count("answered") >= 272, "limited", results.count("limited") > 0,
        "other", n - results.count("answered") - results.count("limited"))


def order(words):
    global answer
    verb = words[0]
    if verb == "register":
        say(*call("Register", "(a{sv})", dictionary(words[1])))
    elif verb == "request":
        say(*call("Request", "(ss)", words[1], " ".join(words[2:])))
    elif verb == "subscribe":
        say(*call("Subscribe", "(ssa{sv})", words[1], words[2], dictionary(words[3])))
    elif verb == "unsubscribe":
        say(*call("Unsubscribe", "(ss)", words[1], words[2]), "done")
    elif verb == "unregister":
        say(*call("Unregister", "(s)", words[1]), "done")
    elif verb == "answer":
        answer = words[1]
        say("answer", answer)
    elif verb == "wait":
        wait()
    elif verb == "quiet":
        quiet()
    elif verb == "flood":
        flood(words[1], int(words[2]))
    elif verb == "many":
        say(sum(1 for i in range(int(words[2]))
                if call("Register", "(a{sv})", dictionary(words[1]))[0].startswith("C")))
    else:
        sys.exit("no such order: " + verb)


node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
bus.register_object(OBJECT, node.interfaces[0], called, None, None)
bus.signal_subscribe(NAME, APPLICATIONS, None, PATH, None, Gio.DBusSignalFlags.NONE, signalled)
say("here")


def take(channel, condition):
    line = sys.stdin.readline()
    if not line:
        loop.quit()
        return False
    order(line.split(" ", 3) if line.startswith("subscribe") else line.rstrip("\n").split(" "))
    return True


GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, take)
loop.run()
