"""The edge: the network, the process and third-party libraries."""
