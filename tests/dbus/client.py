# SPDX-License-Identifier: LGPL-2.1-or-later
"""Uses the client library through its typelib, as a program of somebody else would."""

import gi

gi.require_version("GatehouseClient", "1")
from gi.repository import Gio, GatehouseClient  # noqa: E402

NAME = "org.gatehouse.Gatehouse1"
PATH = "/org/gatehouse/Gatehouse1"

manager = GatehouseClient.ObjectManagerClient.new_for_bus_sync(
    Gio.BusType.SESSION, Gio.DBusObjectManagerClientFlags.NONE, NAME, PATH, None
)
cse = manager.get_object(PATH + "/cse").get_cse()
print("CSE", cse.props.cse_id, cse.props.state)
daemon = GatehouseClient.DaemonProxy.new_for_bus_sync(
    Gio.BusType.SESSION, Gio.DBusProxyFlags.NONE, NAME, PATH, None
)
print("status", daemon.call_get_status_sync(Gio.DBusCallFlags.NONE, -1, None)["cse-name"])
