"""`python -m emulator`: starts the emulator and tells how to reach it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence

import uvloop

from emulator.actions import ScriptError
from emulator.listeners import PortTaken
from emulator.options import Options, parse_options
from emulator.server import CannotStart, Ready, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; return the process's exit code."""
    options = parse_options(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)

    def announce(ready: Ready) -> None:
        sys.stdout.write(f"{_json_line(ready) if options.json else _for_people(ready, options)}\n")
        sys.stdout.flush()

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(options, announce))
    except (PortTaken, ScriptError, CannotStart) as exc:
        sys.stderr.write(f"emulator: {exc}\n")
        return 2
    return 0


def _json_line(ready: Ready) -> str:
    return json.dumps(
        {
            "event": "ready",
            "plain_url": ready.plain_url,
            "tls_url": ready.tls_url,
            "certificate": str(ready.certificate),
            "pid": os.getpid(),
        }
    )


def _for_people(ready: Ready, options: Options) -> str:
    return f"""The Gemini Live emulator is ready (ears: {options.ears}). Any API key will do.

  Python  GOOGLE_GEMINI_BASE_URL={ready.tls_url} SSL_CERT_FILE={ready.certificate}
  JS      httpOptions: {{ baseUrl: "{ready.plain_url}" }}
  What it saw, and what it shall do: {ready.plain_url}/emulator/connections

Stop it with Ctrl-C."""


if __name__ == "__main__":
    sys.exit(main())
