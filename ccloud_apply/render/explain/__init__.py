"""One server, explained, in its formats."""
