"""What the Redis that instances share costs: `make storecost`."""
