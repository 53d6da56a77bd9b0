"""The service's name and version, as pyproject.toml has them (a container installs no metadata)."""

from __future__ import annotations

from typing import Final

NAME: Final = "gemini-live-gateway"
VERSION: Final = "0.1.0"
