"""The load generator: a process that has phones connect to a contestant and speak at 1x speed.

python -m bench.compare.generator
"""

from __future__ import annotations

import asyncio
import gc
from dataclasses import fields
from typing import Any, Final

import uvloop

from bench.compare.dialects import DIALECTS
from bench.compare.orders import obey_orders
from bench.compare.pacing import Pacing
from bench.compare.percentiles import percentiles
from bench.compare.phones import LoadPhone

_AT_ONCE: Final = 16
"""Connections being opened."""
_TICK_S: Final = 0.001
_FLEET_SIZE: Final = 100_000
"""Numbers of sessions that each fleet has for itself."""


class Generator:
    """All phones, in a fleet for each contestant."""

    def __init__(self) -> None:
        self._fleets: dict[str, list[LoadPhone]] = {}

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order."""
        fleet = self._fleets.setdefault(order["fleet"], [])
        match order["do"]:
            case "connect":
                await self._connect(fleet, order)
                return _state(fleet)
            case "speak":
                return await _speak(fleet[: order["phones"]], order)
            case "state":
                return _state(fleet)
            case "products":
                return _state(fleet) | {"products": _products(fleet)}
            case "hang_up":
                for phone in fleet[order.get("keep", 0) :]:
                    phone.hang_up()
                del fleet[order.get("keep", 0) :]
                return {}
            case other:
                raise ValueError(other)

    async def _connect(self, fleet: list[LoadPhone], order: dict[str, Any]) -> None:
        first = list(self._fleets).index(order["fleet"]) * _FLEET_SIZE + order.get("from", 0)
        dialect = DIALECTS[order["dialect"]]
        room = asyncio.Semaphore(_AT_ONCE)
        loop = asyncio.get_running_loop()

        async def connect(phone: LoadPhone) -> None:
            async with room:
                try:
                    async with asyncio.timeout(order["patience_s"]):
                        await loop.create_connection(lambda: phone, "127.0.0.1", order["port"])
                        await phone.usable.wait()
                except (OSError, TimeoutError) as exc:
                    phone.failure = f"not connected: {exc!r}"

        wanted = [
            LoadPhone(first + number, dialect) for number in range(len(fleet), order["phones"])
        ]
        try:
            async with asyncio.timeout(order["limit_s"]), asyncio.TaskGroup() as group:
                for phone in wanted:
                    group.create_task(connect(phone), name=f"connect {phone.session}")
        except TimeoutError:
            for phone in wanted:
                phone.failure = phone.failure or ("" if phone.usable.is_set() else "too late")
        fleet += wanted


async def _speak(fleet: list[LoadPhone], order: dict[str, Any]) -> dict[str, Any]:
    chunk_ms = order["chunk_ms"]
    pacing = Pacing(**{field.name: order[field.name] for field in fields(Pacing)})
    dialect = DIALECTS[order["dialect"]]
    envelopes = {speech: dialect.around(chunk_ms, speech=speech) for speech in (False, True)}
    late: list[float] = []
    before = sum(phone.sent for phone in fleet)
    loop = asyncio.get_running_loop()
    began = loop.time() + _TICK_S
    position = 0
    while position < pacing.total:
        due = began + pacing.due(position)
        now = loop.time()
        if due > now:
            await asyncio.sleep(max(_TICK_S, due - now))
            continue
        number, phone = divmod(position, pacing.phones)
        speech = pacing.speaks(phone, number)
        if not fleet[phone].failure:
            fleet[phone].say(envelopes[speech], counted=pacing.counts(number))
        late.append((now - due) * 1000)
        position += 1
        if now - due > _TICK_S * 5:
            # It cannot keep up; what came in must not wait for all that is to be sent.
            await asyncio.sleep(0)
    sent = sum(phone.sent for phone in fleet) - before
    return _state(fleet) | {"sent": sent, "late_ms": percentiles(late)}


def _state(fleet: list[LoadPhone]) -> dict[str, Any]:
    failures = [phone.failure for phone in fleet if phone.failure]
    return {"phones": len(fleet), "failed": len(failures), "failures": sorted({*failures})[:3]}


def _products(fleet: list[LoadPhone]) -> list[tuple[int, int, int]]:
    """Return session, number and time of the products that came since this was last asked."""
    found = [(phone.session, *product) for phone in fleet for product in phone.products]
    for phone in fleet:
        phone.products.clear()
    return found


if __name__ == "__main__":
    gc.disable()
    uvloop.run(obey_orders(Generator().obey))
