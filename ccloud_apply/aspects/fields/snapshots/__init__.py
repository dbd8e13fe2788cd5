"""A server's snapshots: by name, and by schedule."""
