"""Binds the two ports: the default ones when they are free, else any; a port asked for, or none."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass


class PortTaken(Exception):
    """A port was asked for and cannot be had; the text says which and why."""


@dataclass(frozen=True, slots=True)
class PortWish:
    """A port to listen on; 0 is any free one."""

    default: int
    asked: int | None = None


def bind(host: str, wish: PortWish) -> socket.socket:
    """Return a bound socket; raise `PortTaken` when the port asked for is not to be had."""
    if wish.asked is not None:
        try:
            return _bound(host, wish.asked)
        except OSError as exc:
            raise PortTaken(f"cannot listen on {host} port {wish.asked}: {exc.strerror}") from exc
    try:
        return _bound(host, wish.default)
    except OSError as exc:
        if exc.errno != errno.EADDRINUSE:
            raise PortTaken(f"cannot listen on {host}: {exc.strerror}") from exc
        return _bound(host, 0)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Lets a restarted emulator have its port back while old connections linger.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        # A port that another process listens on can be bound with SO_REUSEADDR on some systems;
        # listening on it fails.
        bound.listen(1024)
    except OSError:
        bound.close()
        raise
    return bound
