"""Throws broken input at the decoders: they take it, or refuse it as they promise, and no more."""
