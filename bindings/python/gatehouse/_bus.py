# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bus for asyncio: GIO on a thread of its own, futures on the caller's loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Optional

from gi.repository import Gio, GLib

NAME = "org.gatehouse.Gatehouse1"
PATH = "/org/gatehouse/Gatehouse1"
APPLICATION = "/org/gatehouse/Application"

# Longer than any request lasts: the CSE answers in time by itself.
TIMEOUT_MS = 10 * 60 * 1000
# An answer of the program to a request (org.gatehouse.Gatehouse1.PointOfAccess).
LARGEST_ANSWER = 1 << 20

Handler = Callable[[str], Awaitable[str]]
Listener = Callable[[str, tuple[Any, ...]], None]

_HANDLER = Gio.DBusNodeInfo.new_for_xml(
    f"""
    <node><interface name="{NAME}.PointOfAccess"><method name="HandleRequest">
      <arg name="primitive" type="s" direction="in"/>
      <arg name="response" type="s" direction="out"/>
    </method></interface></node>
    """
).interfaces[0]


class Worker:
    """A thread that runs a main loop of GLib."""

    def __init__(self) -> None:
        self.context = GLib.MainContext.new()
        self._loop = GLib.MainLoop.new(self.context, False)
        self._thread = threading.Thread(target=self._run, name="gatehouse-bus", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.context.push_thread_default()
        self._loop.run()
        self.context.pop_thread_default()

    def invoke(self, function: Callable[[], None]) -> None:
        """Calls function on the thread, soon."""

        def once(_data: object = None) -> bool:
            function()
            return False

        source = GLib.Idle()
        source.set_priority(GLib.PRIORITY_DEFAULT)
        source.set_callback(once)
        source.attach(self.context)

    def stop(self) -> None:
        self.invoke(self._loop.quit)
        self._thread.join(timeout=5)


def _settle(future: asyncio.Future[Any], value: Any, error: Optional[BaseException]) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)


class Connection:
    """A connection to a message bus of this object's own, on a worker."""

    def __init__(self, worker: Worker, connection: Gio.DBusConnection) -> None:
        self._worker = worker
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._owner: Optional[str] = None
        self._handler: Optional[Handler] = None
        self._answers: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, bus: Gio.BusType) -> Connection:
        address = Gio.dbus_address_get_for_bus_sync(bus, None)
        flags = (
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        )
        worker = Worker()
        try:
            connect = partial(Gio.DBusConnection.new_for_address_sync, address, flags, None, None)
            connection = await asyncio.get_running_loop().run_in_executor(None, connect)
        except BaseException:
            worker.stop()
            raise
        connection.set_exit_on_close(False)
        return cls(worker, connection)

    def _tell(self, function: Callable[..., None], *arguments: Any) -> None:
        """Calls function on the caller's loop, unless that is over."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    async def call(
        self, interface: str, method: str, arguments: Optional[GLib.Variant] = None
    ) -> tuple[Any, ...]:
        """Calls a method of the daemon, which the bus starts when it can."""
        future: asyncio.Future[Any] = self._loop.create_future()
        cancellable = Gio.Cancellable.new()

        def done(connection: Gio.DBusConnection, result: Gio.AsyncResult) -> None:
            try:
                value = connection.call_finish(result)
                self._tell(_settle, future, value.unpack() if value is not None else (), None)
            except GLib.Error as error:
                self._tell(_settle, future, None, error)

        def start() -> None:
            self._connection.call(
                NAME, PATH, interface, method, arguments, None,
                Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION, TIMEOUT_MS, cancellable, done,
            )  # fmt: skip

        self._worker.invoke(start)
        try:
            result: tuple[Any, ...] = await future
            return result
        except asyncio.CancelledError:
            cancellable.cancel()
            raise

    async def listen(self, interface: str, listener: Listener, lost: Callable[[], None]) -> None:
        """Calls listener (signal, arguments) on the loop, and lost when the daemon leaves the bus."""
        ready: asyncio.Future[None] = self._loop.create_future()

        def signal(
            _connection: object, sender: str, _path: str, _interface: str, name: str,
            arguments: GLib.Variant, *_data: object,
        ) -> None:  # fmt: skip
            if sender == self._owner:
                self._tell(listener, name, arguments.unpack())

        def appeared(_connection: object, _name: str, owner: str) -> None:
            self._owner = owner

        def vanished(_connection: object, _name: str) -> None:
            was, self._owner = self._owner, None
            if was is not None:
                self._tell(lost)

        def start() -> None:
            self._connection.signal_subscribe(
                None, interface, None, PATH, None, Gio.DBusSignalFlags.NONE, signal
            )
            Gio.bus_watch_name_on_connection(
                self._connection, NAME, Gio.BusNameWatcherFlags.AUTO_START, appeared, vanished
            )
            self._tell(_settle, ready, None, None)

        self._worker.invoke(start)
        await ready

    def offer(self, handler: Handler) -> None:
        """Answers the daemon's calls of org.gatehouse.Gatehouse1.PointOfAccess with handler."""
        offered, self._handler = self._handler is not None, handler
        if not offered:
            self._worker.invoke(self._offer)

    def _offer(self) -> None:
        self._connection.register_object(APPLICATION, _HANDLER, self._called, None, None)

    def _called(
        self, _connection: object, sender: str, _path: str, _interface: str, _method: str,
        arguments: GLib.Variant, invocation: Gio.DBusMethodInvocation,
    ) -> None:  # fmt: skip
        if sender != self._owner or self._handler is None:
            invocation.return_dbus_error(
                "org.freedesktop.DBus.Error.AccessDenied", "not the owner of " + NAME
            )
            return
        self._tell(self._answer, self._handler, arguments.unpack()[0], invocation)

    def _answer(
        self, handler: Handler, primitive: str, invocation: Gio.DBusMethodInvocation
    ) -> None:
        async def run() -> None:
            try:
                response = await handler(primitive)
                if len(response.encode()) > LARGEST_ANSWER:
                    raise ValueError(f"an answer of more than {LARGEST_ANSWER} octets")
            except Exception as error:  # the peer gets no answer, the program its traceback
                text = f"{type(error).__name__}: {error}"
                refuse = partial(invocation.return_dbus_error, NAME + ".Error.Failed", text)
                self._worker.invoke(refuse)
                self._loop.call_exception_handler(
                    {"message": "a request to this application failed", "exception": error}
                )
                return
            self._worker.invoke(partial(invocation.return_value, GLib.Variant("(s)", (response,))))

        task = self._loop.create_task(run())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def close(self) -> None:
        """Leaves the bus. Whatever the program had there goes with it."""
        await self._loop.run_in_executor(None, self._connection.close_sync, None)
        await self._loop.run_in_executor(None, self._worker.stop)
