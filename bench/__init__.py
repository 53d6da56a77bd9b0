"""Measures the service from outside: it starts processes and imports none of our packages."""
