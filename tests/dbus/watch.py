#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asks on the system bus for all objects, and to be the agent, and says which signals come of it,
until its input ends."""

import sys

from gi.repository import Gio, GLib

NAME = "org.gatehouse.Gatehouse1"
PATH = "/org/gatehouse/Gatehouse1"

bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
loop = GLib.MainLoop()


def call(name, path, interface, method):
    try:
        bus.call_sync(name, path, interface, method, None, None, Gio.DBusCallFlags.NONE, -1, None)
        print(method, "done", flush=True)
    except GLib.Error as error:
        print(method, error.message, flush=True)


def heard(connection, sender, path, interface, member, parameters):
    print(member, parameters.print_(False), flush=True)


def ended(channel, condition):
    # what is on its way is here when a call has come back
    call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId")
    while loop.get_context().iteration(False):
        pass
    loop.quit()
    return False


bus.signal_subscribe(NAME, None, None, None, None, Gio.DBusSignalFlags.NONE, heard)
if len(sys.argv) > 1:
    call(NAME, PATH, NAME, "RegisterAgent")
call(NAME, PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, ended)
loop.run()
