#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that becomes an AE of the session's CSE, keeps a measurement and hears of it."""

import asyncio

import gatehouse


async def main() -> None:
    async with await gatehouse.connect() as cse:
        app = await cse.register("Nthermometer", ae_id="Cthermometer", name="thermometer")
        room = await app.container("room", mni=100)
        async with app.subscribe(room) as news:
            await app.publish(room, "21.5")
            async for event in news:
                print(event.resource["con"])
                break


asyncio.run(main())
