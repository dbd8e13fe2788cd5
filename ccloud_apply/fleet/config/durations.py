"""`30m` -> seconds, and back."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def read_duration(text: str) -> float:
    """Seconds of a text that is valid against the schema."""
    return float(int(text[:-1]) * _UNITS[text[-1]])


def spell_duration(seconds: float) -> str:
    """The same with the largest unit that leaves no rest: `90m`."""
    whole = round(seconds)
    unit = next((name for name in "dhm" if whole and whole % _UNITS[name] == 0), "s")
    return f"{whole // _UNITS[unit]}{unit}"
