"""Resolved stacks as documents; as YAML they are written by `load/write/resolved.py`."""
