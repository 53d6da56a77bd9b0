"""Two gateways, one Redis, one emulator, and all that can go wrong with them: `make chaos`."""
