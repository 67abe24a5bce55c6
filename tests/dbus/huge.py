#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls Resources.Create with what fits into no command line, and prints the answer or the error."""

import sys

from gi.repository import Gio, GLib

LENGTH = 5 * 1024 * 1024
CONTENT = {
    "text": lambda: (GLib.Variant("s", '{"m2m:cnt":{"rn":"' + "x" * LENGTH + '"}}'), {}),
    "dictionary": lambda: (
        GLib.Variant("a{sv}", {"m2m:cnt": GLib.Variant("s", "x" * LENGTH)}),
        {},
    ),
    "option": lambda: (
        GLib.Variant("s", '{"m2m:cnt":{}}'),
        {"rqi": GLib.Variant("s", "x" * LENGTH)},
    ),
    "many": lambda: (
        GLib.Variant(
            "a{sv}",
            {"m2m:cnt": GLib.Variant("a{sv}", {"a%d" % i: GLib.Variant("i", i) for i in range(100000)})},
        ),
        {},
    ),
}

content, options = CONTENT[sys.argv[1]]()
bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
try:
    print(
        bus.call_sync(
            "org.gatehouse.Gatehouse1",
            "/org/gatehouse/Gatehouse1",
            "org.gatehouse.Gatehouse1.Resources",
            "Create",
            GLib.Variant("(ssuva{sv})", ("CAdmin", "gatehouse", 3, content, options)),
            None,
            Gio.DBusCallFlags.NONE,
            60000,
            None,
        )
    )
except GLib.Error as error:
    print(error.message)
