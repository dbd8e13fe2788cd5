"""The managed fields of a server: one module for each, found by `aspects/registry.py`."""
