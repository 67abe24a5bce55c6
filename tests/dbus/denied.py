#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls everything that the description on its input has, as somebody whom polkit allows nothing, with
names of what there is and of what there is not, and says what the answers were: a line for each
method or property, "member: answer", with all answers that differ. With "busctl" each method once, by
that client. With an action polkit allows all others, and what asks for that one is called."""

import collections
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

from gi.repository import Gio, GLib

NAME = "org.gatehouse.Gatehouse1"
PATH = "/org/gatehouse/Gatehouse1"
PROPERTIES = "org.freedesktop.DBus.Properties"
MANAGER = "org.freedesktop.DBus.ObjectManager"
POLKIT = "org.freedesktop.PolicyKit1"
TIMEOUT_MS = 600000
# what there is, and what there is not
THERE = ["12-there@example.org", "Cthere", "http", "gatehouse/there", "CAdmin"]
NOT_THERE = ["12-none@example.org", "Cnone", "none", "gatehouse/none", ""]
OBJECTS = {
    "Cse": ["/cse"],
    "Application": ["/ae/Cthere", "/ae/Cnone"],
    "Plugin": ["/plugin/http", "/plugin/none", "/plugin/_ff"],
    "Credential": ["/credential/1", "/credential/99", "/credential/x"],
    "Association": ["/association/1", "/association/99"],
}
NUMBERS = {"u": "0", "t": "1", "x": "1"}

bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)


def objects(interface):
    return [PATH + end for end in OBJECTS.get(interface[len(NAME) + 1:], [""])]


def value(kind, name):
    """An argument of the type @kind, as text of GVariant."""
    if kind == "s":
        return "'%s'" % name
    if kind == "v":
        return "<'{}'>"
    return {"b": "true", "h": "@h 0"}.get(kind) or "@%s %s" % (kind, NUMBERS.get(kind) or (
        "{}" if kind.startswith("a{") else "[]"))


def call(path, interface, member, arguments):
    """The answer: the name of an error and its text, or "answered"."""
    files = Gio.UnixFDList.new()
    null = os.open("/dev/null", os.O_RDONLY)
    files.append(null)
    os.close(null)
    try:
        bus.call_with_unix_fd_list_sync(NAME, path, interface, member, arguments, None,
                                        Gio.DBusCallFlags.NONE, TIMEOUT_MS, files, None)
        return "answered"
    except GLib.Error as error:
        return error.message.replace("GDBus.Error:", "")


def arguments(kinds, name):
    return GLib.Variant.parse(GLib.VariantType("(%s)" % "".join(kinds)), "(%s%s)" % (
        ", ".join(value(kind, name) for kind in kinds), "," if len(kinds) == 1 else ""))


def rows(description):
    """(interface, what, way, types of arguments); way: how it is called."""
    for interface in description.iter("interface"):
        of = interface.get("name")
        if of.endswith("PointOfAccess"):
            continue
        for method in interface.iter("method"):
            yield of, method.get("name"), "call", [
                argument.get("type") for argument in method.iter("arg")
                if argument.get("direction") == "in"]
        for each in interface.iter("property"):
            yield of, each.get("name"), "Get", []
            if "write" in each.get("access"):
                yield of, each.get("name"), "Set", [each.get("type")]
        if interface.find("property") is not None:
            yield of, "*", "GetAll", []
    yield MANAGER, "GetManagedObjects", "call", []


def answers(interface, member, way, kinds):
    """All answers there are, for what there is and what there is not."""
    all_answers = set()
    for path in objects(interface):
        if way == "call":
            for name in THERE + NOT_THERE if "s" in kinds else [""]:
                all_answers.add(call(path, interface, member,
                                     arguments(kinds, name) if kinds else None))
            continue
        all_answers.add(call(path, PROPERTIES, way, GLib.Variant(
            *{"Get": ("(ss)", (interface, member)), "GetAll": ("(s)", (interface,)),
              "Set": ("(ssv)", (interface, member, GLib.Variant("s", "debug")))}[way])))
    return sorted(all_answers)


def by_busctl(interface, member, kinds):
    tokens = {"s": ["there"], "v": ["s", "{}"], "b": ["true"], "u": ["0"], "t": ["1"]}
    words = [word for kind in kinds for word in tokens.get(kind, ["0"])]
    done = subprocess.run(
        ["busctl", "--address=" + os.environ["DBUS_SYSTEM_BUS_ADDRESS"], "call", NAME,
         objects(interface)[0], interface, member] + (["".join(kinds)] if kinds else []) + words,
        capture_output=True, text=True, check=False)
    return (done.stderr or done.stdout).strip()


def set_allowed(actions):
    bus.call_sync(POLKIT, "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.DBus.Mock",
                  "SetAllowed", GLib.Variant("(as)", (actions,)), None, Gio.DBusCallFlags.NONE,
                  TIMEOUT_MS, None)


def all_but_one(table):
    """Who may do everything but one thing may not do that, and its words are the same."""
    by_action = collections.defaultdict(list)
    for row in table:
        said = answers(*row)
        if len(said) == 1 and "polkit does not allow this: " in said[0]:
            by_action[said[0].split(": ")[-1]].append((row, said))
    for action, those in sorted(by_action.items()):
        set_allowed([other for other in by_action if other != action])
        wrong = [row[0] + "." + row[1] for row, said in those if answers(*row) != said]
        print(action, "denied alone:", len(those), "wrong:", " ".join(wrong) or "none")
    set_allowed([])


table = list(rows(ET.fromstring(sys.stdin.read())))
if sys.argv[1:] == ["busctl"]:
    for interface, member, way, kinds in table:
        if way == "call" and "h" not in kinds:
            print("%s.%s: %s" % (interface, member, by_busctl(interface, member, kinds)))
elif sys.argv[1:] == ["alone"]:
    all_but_one(table)
else:
    for interface, member, way, kinds in table:
        print("%s %s.%s: %s" % (way, interface, member,
                                " | ".join(answers(interface, member, way, kinds))))
