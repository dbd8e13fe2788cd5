"""Nodes to a Stack: variables, expressions, defaults, keys."""
