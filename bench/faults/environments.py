"""How gateways and emulators are started for scenarios: the usual way, or with shorter limits."""

from __future__ import annotations

from typing import Final

from bench.faults.pair import Environment

USUAL: Final = Environment()
SHORT_CONNECT: Final = Environment(gateway=(("CONNECT_TIMEOUT_S", "2"),))
"""A setup that never comes is given up after 2 s."""
SHORT_STALL: Final = Environment(gateway=(("STALL_S", "3"),))
"""A link that does not answer is given up after 3 s."""
SHORT_LINK_AGE: Final = Environment(gateway=(("LINK_AGE_S", "12"),))
"""Connections are left before they are 12 s old, as if Gemini ended them then."""
SHORT_SESSION_AGE: Final = Environment(gateway=(("SESSION_AGE_S", "20"),))
"""The same for sessions at 20 s."""
SMALL_BUFFER: Final = Environment(gateway=(("UPLINK_BUFFER_MS", "4000"), ("STALL_S", "3.5")))
"""4 s of speech are kept while there is no link; a link that does not answer must be given up
before that is too little."""
DEFAULT: Final = Environment(gateway=(("UPLINK_BUFFER_MS", "15000"),))
"""The usual settings, on a pair that is not shared: its emulator gets killed."""
