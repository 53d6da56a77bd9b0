from __future__ import annotations

import asyncio

from emulator.pongs import PONGS_WAITING, Pongs


class Wire:
    def __init__(self) -> None:
        self.pongs: list[tuple[float, bytes]] = []

    async def send(self, pong: bytes) -> None:
        self.pongs.append((asyncio.get_running_loop().time(), pong))


async def test_a_ping_is_answered_at_once() -> None:
    wire = Wire()
    await Pongs(wire.send).answer(b"1")
    assert [pong for _, pong in wire.pongs] == [b"1"]


async def test_late_pongs_come_in_order_whatever_was_said_since() -> None:
    wire = Wire()
    pongs = Pongs(wire.send)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(pongs.run())
        began = asyncio.get_running_loop().time()
        pongs.delay(30)
        await pongs.answer(b"1")
        await asyncio.sleep(10)
        pongs.delay(5)
        await pongs.answer(b"2")
        pongs.delay(0)
        await pongs.answer(b"3")
        await asyncio.sleep(60)
        running.cancel()
    assert wire.pongs == [(began + 10, b"3"), (began + 30, b"1"), (began + 30, b"2")]


async def test_the_oldest_late_pongs_make_room() -> None:
    wire = Wire()
    pongs = Pongs(wire.send)
    pongs.delay(1)
    for number in range(PONGS_WAITING + 1):
        await pongs.answer(b"%d" % number)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(pongs.run())
        await asyncio.sleep(2)
        running.cancel()
    assert [pong for _, pong in wire.pongs][:1] == [b"1"]
    assert len(wire.pongs) == PONGS_WAITING
