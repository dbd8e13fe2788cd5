"""Builds a Stack from nodes: variables, expressions, defaults, keys."""
