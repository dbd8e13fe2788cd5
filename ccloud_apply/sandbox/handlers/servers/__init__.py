"""Handlers of servers: create, change, delete, power, tags, notes."""
