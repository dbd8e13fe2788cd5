"""Checks against the platform's rules, for which no catalogue is needed."""
