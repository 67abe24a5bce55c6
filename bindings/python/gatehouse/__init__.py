# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs as application entities of the CSE of this session or machine, for asyncio.

    import asyncio, gatehouse

    async def main():
        async with await gatehouse.connect() as cse:
            app = await cse.register("Nthermometer", ae_id="Cthermometer")
            room = await app.container("room")
            async with app.subscribe(room) as news:
                await app.publish(room, "21.5")
                async for event in news:
                    print(event.resource["con"])

    asyncio.run(main())

What proves who the program is, is its user id: no key stands in it. gatehoused(8) answers on the bus
of the session, or on the system's (connect ("system")), where an administrator admits users first.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Optional, Union

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from ._bus import APPLICATION, NAME, Connection  # noqa: E402

__all__ = [
    "Application", "Error", "Event", "Gatehouse", "Lost", "News", "Refused", "Request", "connect",
]  # fmt: skip

AE, CONTAINER, CONTENT_INSTANCE, GROUP, SUBSCRIPTION = 2, 3, 4, 9, 23
CREATE, RETRIEVE, UPDATE, DELETE, NOTIFY = 1, 2, 3, 4, 5

_APPLICATIONS = NAME + ".Applications"
_NOTIFICATIONS_KEPT = 1024

Content = Mapping[str, Any]


class Error(Exception):
    """The daemon could not be asked. name: the error's name on the bus."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class Refused(Error):
    """The CSE has answered, and the answer is no. status: 4103 and the like (TS-0004 6.6.3)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}" if reason else str(status))
        self.status = status
        self.reason = reason


class Lost(Error):
    """The registration is over: the daemon has left the bus, or an administrator has ended it."""


@dataclass(frozen=True)
class Event:
    """A notification. resource: the representation in it, without the name of its type around it."""

    subscription: str
    type: str
    resource: Content
    content: Content


@dataclass(frozen=True)
class Request:
    """What somebody asks this application for. The whole primitive is in primitive."""

    operation: int
    originator: str
    target: str
    content: Optional[Content]
    primitive: Content


# What a handler returns: a status, or a status and content.
Answer = Union[int, tuple[int, Optional[Content]]]
RequestHandler = Callable[[Request], Awaitable[Answer]]


def _variant(value: object) -> GLib.Variant:
    """What D-Bus calls value: a list has elements of one type, and one without any is of strings."""
    if isinstance(value, GLib.Variant):
        return value
    if isinstance(value, bool):
        return GLib.Variant("b", value)
    if isinstance(value, int):
        return GLib.Variant("x", value)
    if isinstance(value, float):
        return GLib.Variant("d", value)
    if isinstance(value, str):
        return GLib.Variant("s", value)
    if isinstance(value, Mapping):
        return GLib.Variant("a{sv}", {key: _variant(item) for key, item in value.items()})
    if isinstance(value, Sequence):
        if all(isinstance(item, str) for item in value):
            return GLib.Variant("as", value)
        return GLib.Variant("av", [_variant(item) for item in value])
    raise TypeError(f"{type(value).__name__} cannot be sent over the bus")


def _translate(error: GLib.Error) -> Error:
    name = Gio.DBusError.get_remote_error(error) or ""
    Gio.DBusError.strip_remote_error(error)
    status = name.rpartition(".Rsc")[2] if ".Rsc" in name else ""
    return Refused(int(status), error.message) if status.isdigit() else Error(error.message, name)


def _unwrap(content: Content) -> tuple[str, Content]:
    """("m2m:cin", {...}) of {"m2m:cin": {...}}"""
    for key, value in content.items():
        if isinstance(value, Mapping):
            return key, value
    return "", {}


def _event(subscription: str, content: Content) -> Event:
    body = content.get("m2m:sgn", {}).get("nev", {}).get("rep", {})
    kind, resource = _unwrap(body) if isinstance(body, Mapping) else ("", {})
    return Event(subscription, kind, resource, content)


class News:
    """What a subscription brings, for `async with` and `async for`; see Application.subscribe()."""

    def __init__(self, application: Application, target: str, criteria: Content) -> None:
        self._application = application
        self._target = target
        self._criteria = criteria
        self._waiting: asyncio.Queue[Union[Event, Exception]] = asyncio.Queue(_NOTIFICATIONS_KEPT)
        self.subscription = ""

    def _put(self, what: Union[Event, Exception]) -> None:
        if self._waiting.full():
            self._waiting.get_nowait()  # the oldest goes: the daemon keeps the rest in its own bound
        self._waiting.put_nowait(what)

    async def __aenter__(self) -> News:
        self.subscription = await self._application._subscribe(self._target, self._criteria, self)
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:  # fmt: skip
        try:
            await self._application._unsubscribe(self.subscription)
        except Error:
            if kind is None:
                raise

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        what = await self._waiting.get()
        if isinstance(what, Exception):
            self._put(what)
            raise what
        return what


class Application:
    """An AE that this program is. Made by Gatehouse.register()."""

    def __init__(self, cse: Gatehouse, ae_id: str, address: str) -> None:
        self._cse = cse
        self._numbers = itertools.count(1)
        self._news: dict[str, News] = {}
        self.ae_id = ae_id
        self.address = address

    async def request(self, operation: int, target: str, **members: Any) -> dict[str, Any]:
        """Sends a request primitive, members by their short names. Returns the response primitive;
        raises Refused when it is a refusal."""
        primitive = {
            "op": operation, "to": target, "rqi": f"py{next(self._numbers)}", "rvi": "3", **members,
        }  # fmt: skip
        (text,) = await self._cse._call(
            _APPLICATIONS, "Request", GLib.Variant("(ss)", (self.ae_id, json.dumps(primitive)))
        )
        response: dict[str, Any] = json.loads(text)
        status = int(response.get("rsc", 5000))
        if status >= 4000:
            raise Refused(status, str((response.get("pc") or {}).get("m2m:dbg", "")))
        return response

    async def create(self, parent: str, kind: int, content: Content) -> dict[str, Any]:
        """Creates a resource; content has the name of the type around it: {"m2m:cnt": {...}}.
        Returns the attributes of the new resource."""
        response = await self.request(CREATE, parent, ty=kind, pc=content)
        return dict(_unwrap(response["pc"])[1])

    async def retrieve(self, target: str, **parameters: Any) -> dict[str, Any]:
        """Returns the attributes of a resource."""
        response = await self.request(RETRIEVE, target, **parameters)
        return dict(_unwrap(response["pc"])[1])

    async def update(self, target: str, content: Content) -> None:
        """Changes attributes; None removes one. content: {"m2m:cnt": {...}}"""
        await self.request(UPDATE, target, pc=content)

    async def delete(self, target: str) -> None:
        """Deletes a resource with everything below it."""
        await self.request(DELETE, target)

    async def discover(self, target: str, **criteria: Any) -> list[str]:
        """Returns addresses below target, by filter criteria in short names: ty=3, lbl=["hall"]."""
        if isinstance(criteria.get("ty"), int):
            criteria["ty"] = [criteria["ty"]]
        response = await self.request(RETRIEVE, target, drt=1, fc={"fu": 1, **criteria})
        return list((response.get("pc") or {}).get("m2m:uril", []))

    async def container(self, name: str, parent: Optional[str] = None, **attributes: Any) -> str:
        """Returns the address of the container below parent, or below this AE; makes it if need be."""
        above = parent or self.address
        try:
            await self.create(above, CONTAINER, {"m2m:cnt": {"rn": name, **attributes}})
        except Refused as refusal:
            if refusal.status != 4105:
                raise
        return f"{above}/{name}"

    async def publish(self, container: str, value: Any, **attributes: Any) -> dict[str, Any]:
        """Adds an instance to a container. A value that is no text is kept as JSON."""
        text = value if isinstance(value, str) else json.dumps(value)
        return await self.create(
            container, CONTENT_INSTANCE, {"m2m:cin": {"con": text, **attributes}}
        )

    async def latest(self, container: str) -> str:
        """Returns the content of the newest instance of a container."""
        return str((await self.retrieve(container + "/la"))["con"])

    def subscribe(self, target: str, **criteria: Any) -> News:
        """For `async with`: what happens to target, from then on; at the end the subscription goes.
        criteria: attributes of the subscription in short names; without enc, new children."""
        return News(self, target, {"enc": {"net": [3]}, **criteria})

    async def unregister(self) -> None:
        """Ends the registration; the resource of the AE goes with everything below it."""
        await self._cse._call(
            _APPLICATIONS, "Unregister", GLib.Variant("(s)", (self.ae_id,))
        )
        self._cse._applications.pop(self.ae_id, None)

    async def _subscribe(self, target: str, criteria: Content, news: News) -> str:
        sent = {key: _variant(value) for key, value in criteria.items()}
        (subscription,) = await self._cse._call(
            _APPLICATIONS, "Subscribe", GLib.Variant("(ssa{sv})", (self.ae_id, target, sent))
        )
        self._news[subscription] = news
        for event in self._cse._early.pop(subscription, []):
            news._put(event)
        return str(subscription)

    async def _unsubscribe(self, subscription: str) -> None:
        self._news.pop(subscription, None)
        await self._cse._call(
            _APPLICATIONS, "Unsubscribe", GLib.Variant("(ss)", (self.ae_id, subscription))
        )

    def _end(self, error: Exception) -> None:
        for news in self._news.values():
            news._put(error)


class Gatehouse:
    """The daemon on a bus. Made by connect()."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._applications: dict[str, Application] = {}
        self._handlers: dict[str, RequestHandler] = {}
        # of subscriptions whose address is still on its way here
        self._early: dict[str, list[Event]] = {}

    async def __aenter__(self) -> Gatehouse:
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:  # fmt: skip
        await self.close()

    async def close(self) -> None:
        """Leaves the bus. AEs stay registered with the CSE."""
        await self._connection.close()

    async def _call(
        self, interface: str, method: str, arguments: Optional[GLib.Variant] = None
    ) -> tuple[Any, ...]:
        try:
            return await self._connection.call(interface, method, arguments)
        except GLib.Error as error:
            raise _translate(error) from None

    async def status(self) -> dict[str, Any]:
        """What the daemon says about itself. For administrators."""
        (status,) = await self._call(NAME, "GetStatus")
        return dict(status)

    async def register(
        self,
        app_id: str,
        *,
        ae_id: Optional[str] = None,
        name: Optional[str] = None,
        labels: Sequence[str] = (),
        handler: Optional[RequestHandler] = None,
        remove_on_exit: bool = False,
    ) -> Application:
        """Registers this program as an AE, or takes its registration up again.

        app_id begins with N or R. Without ae_id the CSE chooses one. handler is called with each
        Request to the AE and returns a status, or a status and content; without one the AE cannot be
        asked. remove_on_exit: the AE's resource goes when the program leaves the bus."""
        options: dict[str, GLib.Variant] = {"app-id": GLib.Variant("s", app_id)}
        if ae_id is not None:
            options["ae-id"] = GLib.Variant("s", ae_id)
        if name is not None:
            options["name"] = GLib.Variant("s", name)
        if labels:
            options["labels"] = GLib.Variant("as", list(labels))
        if handler is not None:
            options["object"] = GLib.Variant("o", APPLICATION)
            options["notifications"] = GLib.Variant("s", "call")
            self._connection.offer(self._handle)
        if remove_on_exit:
            options["remove-on-exit"] = GLib.Variant("b", True)
        given, address = await self._call(
            _APPLICATIONS, "Register", GLib.Variant("(a{sv})", (options,))
        )
        application = Application(self, given, address)
        self._applications[given] = application
        if handler is not None:
            self._handlers[given] = handler
        return application

    async def _handle(self, text: str) -> str:
        primitive = json.loads(text)
        target = str(primitive.get("to", ""))
        if self._take(primitive.get("pc")):
            return json.dumps({"rsc": 2000, "rqi": primitive.get("rqi", "")})
        handler = self._handler_of(target)
        if handler is None:
            return json.dumps({"rsc": 4004})
        answer = await handler(
            Request(
                operation=int(primitive.get("op", 0)),
                originator=str(primitive.get("fr", "")),
                target=target,
                content=primitive.get("pc"),
                primitive=primitive,
            )
        )
        status, content = answer if isinstance(answer, tuple) else (answer, None)
        response: dict[str, Any] = {"rsc": status, "rqi": primitive.get("rqi", "")}
        if content is not None:
            response["pc"] = content
        return json.dumps(response)

    def _handler_of(self, target: str) -> Optional[RequestHandler]:
        for ae_id, handler in self._handlers.items():
            application = self._applications.get(ae_id)
            if application is None:
                continue
            for address in (ae_id, application.address):
                if target == address or target.endswith("/" + address):
                    return handler
        return next(iter(self._handlers.values())) if len(self._handlers) == 1 else None

    def _heard(self, signal: str, arguments: tuple[Any, ...]) -> None:
        application = self._applications.get(arguments[0]) if arguments else None
        if signal == "Closed" and application is not None:
            self._applications.pop(application.ae_id)
            application._end(Lost("an administrator has ended the registration"))
        if signal != "Notification":
            return
        subscription, content = arguments[1], json.loads(arguments[2])
        event = _event(subscription, content)
        news = application._news.get(subscription) if application is not None else None
        if news is not None:
            news._put(event)
        elif len(self._early) < 64:
            self._early.setdefault(subscription, [])[_NOTIFICATIONS_KEPT:] = []
            self._early[subscription].append(event)

    def _take(self, content: object) -> bool:
        """Whether content is a notification that somebody here waits for."""
        if not isinstance(content, Mapping) or "m2m:sgn" not in content:
            return False
        subscription = str(content["m2m:sgn"].get("sur", ""))
        for application in self._applications.values():
            news = application._news.get(subscription)
            if news is not None:
                news._put(_event(subscription, content))
                return True
        return False

    def _left(self) -> None:
        for application in self._applications.values():
            application._end(Lost("gatehoused has left the bus"))


async def connect(bus: str = "either") -> Gatehouse:
    """Finds gatehoused. bus: "session", "system", or "either": the session's first."""
    kinds = {
        "session": [Gio.BusType.SESSION],
        "system": [Gio.BusType.SYSTEM],
        "either": [Gio.BusType.SESSION, Gio.BusType.SYSTEM],
    }
    if bus not in kinds:
        raise ValueError(f'bus: "{bus}" is not session, system or either')
    reasons = []
    for kind in kinds[bus]:
        try:
            connection = await Connection.open(kind)
        except GLib.Error as error:
            reasons.append(error.message)
            continue
        cse = Gatehouse(connection)
        try:
            await connection.listen(_APPLICATIONS, cse._heard, cse._left)
            await connection.call("org.freedesktop.DBus.Peer", "Ping")
            return cse
        except GLib.Error as error:
            reasons.append(error.message)
            await connection.close()
        except BaseException:
            await connection.close()
            raise
    raise Error("gatehoused is on no bus: " + "; ".join(reasons))
