"""What instances have in common: Redis, where sessions are kept and instances find each other."""
