"""Hostile clients beside honest ones: each is refused as documented, and nobody else notices."""
