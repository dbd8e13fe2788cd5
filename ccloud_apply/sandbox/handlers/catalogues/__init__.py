"""Handlers of the catalogues: what can be ordered."""
