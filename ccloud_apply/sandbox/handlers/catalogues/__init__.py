"""Handlers of what can be ordered."""
