"""Reads how long a retired server waits: `7d` of a lifecycle or a policy."""


def read_days(text: str | None) -> int | None:
    """The days of a valid text; None where none is set."""
    return None if text is None else int(text.removesuffix("d"))
