"""How long a retired server waits, as a lifecycle or a policy writes it: `7d`."""


def read_days(text: str | None) -> int | None:
    """The days of a valid text; None where none is set."""
    return None if text is None else int(text.removesuffix("d"))


def spell_days(days: int) -> str:
    """The text that means so many days."""
    return f"{days}d"
