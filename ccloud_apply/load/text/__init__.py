"""Parses YAML text into nodes that know their places, and collects its diagnostics."""
