"""Makes the upstream ready while the port already answers, and keeps it so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from actors.ports import Observer
from gateway.emulator_child import Command, EmulatorChild, EmulatorReady
from gateway.gemini_options import UpstreamOptions
from gateway.upstream import Upstream, UpstreamSlot

_EMULATOR_KEY: Final = "emulator"
"""It takes any key that does not begin with "bad"."""
_WHY: Final = "no GEMINI_API_KEY: speech goes to the local emulator, not to Gemini"


class ColdUpstream(Upstream, Protocol):
    """An upstream with something to do once that takes long."""

    async def warm_up(self) -> None:
        """Do it."""


class UpstreamKeeper:
    """Fills the slot that sessions open their links through."""

    def __init__(
        self,
        *,
        slot: UpstreamSlot,
        make: Callable[[UpstreamOptions], ColdUpstream],
        observer: Observer,
        on_ready: Callable[[EmulatorReady | None], None],
    ) -> None:
        self._slot = slot
        self._make = make
        self._observer = observer
        self._on_ready = on_ready

    async def use_gemini(self, options: UpstreamOptions) -> None:
        """Make Google's service ready; return when it is."""
        await self._fill(options)
        self._observer.note("ready", upstream=options.known_as, model=options.model)
        self._on_ready(None)

    async def keep_emulator(self, options: UpstreamOptions, command: Command) -> None:
        """Run an emulator, and make it ready whenever it has started; until cancelled."""

        async def use(emulator: EmulatorReady) -> None:
            await self._fill(
                replace(
                    options,
                    kind="emulator",
                    api_key=_EMULATOR_KEY,
                    base_url=emulator.tls_url,
                    ca_file=emulator.certificate,
                )
            )
            self._observer.warn(
                "emulator_serves",
                why=_WHY,
                control_url=f"{emulator.plain_url}/emulator/connections",
                tls_url=emulator.tls_url,
                certificate=emulator.certificate,
                emulator_pid=emulator.pid,
            )
            self._observer.note("ready", upstream="emulator", model=options.model)
            self._on_ready(emulator)

        def explain(exit_code: int, *, listened: bool) -> None:
            when = "" if listened else " before it listened"
            self._slot.note_problem(
                f"the emulator ended with exit code {exit_code}{when}, and is started again: its "
                "last words are on stderr"
            )

        await EmulatorChild(command, use, self._observer, on_ended=explain).run()

    async def _fill(self, options: UpstreamOptions) -> None:
        upstream = self._make(options)
        await upstream.warm_up()
        self._slot.fill(upstream)
