"""Moves of servers between subscriptions, from what was read."""
