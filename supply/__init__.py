"""What the service is made of that others wrote: read from the lock files, for people and tools."""
