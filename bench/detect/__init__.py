"""Says every sentence of the corpora to the whole gateway, and counts what the phone is told."""
