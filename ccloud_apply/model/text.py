"""Words that several layers need. How a text is escaped or coloured belongs to `render/lib/`."""


def count_of(number: int, one: str, many: str = "") -> str:
    """`1 server`, `1,234 servers`; `many` is the plural where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
