# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the package promises, one line a case."""

import asyncio
import traceback

import gatehouse


async def refused(awaitable):
    """The error that awaitable ends with, or None."""
    try:
        await awaitable
    except gatehouse.Error as error:
        return error
    return None


async def test_resources_are_made_read_changed_and_deleted(cse):
    app = await cse.register("Ntest", name="test")
    hall = await app.container("hall", lbl=["cold"])
    assert hall == app.address + "/hall"
    assert await app.container("hall") == hall
    assert (await app.publish(hall, {"degrees": 4}))["cs"] > 0
    assert await app.latest(hall) == '{"degrees": 4}'
    await app.update(hall, {"m2m:cnt": {"lbl": ["warm"]}})
    assert (await app.retrieve(hall))["lbl"] == ["warm"]
    found = await app.discover(app.address, ty=3, lbl=["warm"])
    assert found == ["gatehouse/test/hall"], found
    await app.delete(hall)
    error = await refused(app.retrieve(hall))
    assert isinstance(error, gatehouse.Refused) and error.status == 4004, error
    await app.unregister()


async def test_a_refusal_says_why(cse):
    app = await cse.register("Ntest", name="refused")
    error = await refused(app.create(app.address, 3, {"m2m:cnt": {"nonsense": 1}}))
    assert isinstance(error, gatehouse.Refused) and error.status in (4000, 4102), error
    assert "nonsense" in str(error)
    await app.unregister()


async def test_notifications_come_in_order(cse):
    app = await cse.register("Ntest", name="order")
    hall = await app.container("hall")
    async with app.subscribe(hall) as news:
        for number in range(20):
            await app.publish(hall, str(number))
        seen = [(await asyncio.wait_for(news.__anext__(), 20)).resource["con"] for _ in range(20)]
    assert seen == [str(number) for number in range(20)], seen
    assert await app.discover(app.address, ty=23) == []
    await app.unregister()


async def test_an_application_answers_requests(cse):
    asked = []

    async def handle(request):
        asked.append(request)
        return 2000, {"m2m:dbg": "at your service"}

    served = await cse.register("Nserver", name="server", handler=handle)
    async with await gatehouse.connect() as other:
        client = await other.register("Nclient", name="client")
        error = await refused(client.request(5, served.ae_id, pc={"m2m:sgn": {}}))
        assert isinstance(error, gatehouse.Refused) and error.status == 4103, error
        await client.unregister()
    response = await served.request(5, served.ae_id, pc={"m2m:sgn": {"sur": "me"}})
    assert response["rsc"] == 2000, response
    assert asked[0].operation == 5 and asked[0].content == {"m2m:sgn": {"sur": "me"}}, asked
    await served.unregister()


async def test_a_handler_that_fails_is_no_answer(cse):
    async def handle(_request):
        raise RuntimeError("broken")

    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    served = await cse.register("Nserver", name="broken", handler=handle)
    error = await refused(served.request(5, served.ae_id, pc={"m2m:sgn": {}}))
    assert isinstance(error, gatehouse.Refused) and error.status == 5103, error
    await served.unregister()


async def test_an_ae_id_is_used_by_one_connection_at_a_time(cse):
    app = await cse.register("Ntest", ae_id="Conce", name="once")
    async with await gatehouse.connect() as other:
        error = await refused(other.register("Ntest", ae_id="Conce"))
        assert error is not None and error.name.endswith(".Conflict"), error
    await app.unregister()


async def test_nobody_is_an_ae_that_he_did_not_register(cse):
    stranger = gatehouse.Application(cse, "Cstranger", "gatehouse/stranger")
    error = await refused(stranger.retrieve("gatehouse"))
    assert error is not None and error.name.endswith(".AccessDenied"), error


async def test_the_resource_goes_with_the_program_when_asked(cse):
    app = await cse.register("Ntest", name="watcher")
    async with await gatehouse.connect() as other:
        address = (await other.register("Nguest", name="guest", remove_on_exit=True)).address
    for _ in range(200):
        error = await refused(app.retrieve(address))
        if isinstance(error, gatehouse.Refused) and error.status == 4004:
            break
        await asyncio.sleep(0.05)
    assert isinstance(error, gatehouse.Refused) and error.status == 4004, error
    await app.unregister()


async def test_a_call_can_be_given_up(cse):
    task = asyncio.ensure_future(cse.status())
    task.cancel()
    try:
        await task
        assert False, "it was not given up"
    except asyncio.CancelledError:
        pass
    assert (await cse.status())["state"] == "running"


async def main():
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        title = name[5:].replace("_", " ")
        try:
            async with await gatehouse.connect() as cse:
                await asyncio.wait_for(test(cse), 60)
            print("ok", title, flush=True)
        except Exception:
            traceback.print_exc()
            print("not ok", title, flush=True)


asyncio.run(main())
