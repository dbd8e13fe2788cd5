"""`30m` -> seconds."""

DURATION_PATTERN = "(?:[1-9][0-9]{0,6}[smh]|[1-9][0-9]{0,4}d)"
"""No longer than that a moment so much later has a date."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def read_duration(text: str) -> float:
    """Seconds of a text that matches the pattern."""
    return float(int(text[:-1]) * _UNITS[text[-1]])
