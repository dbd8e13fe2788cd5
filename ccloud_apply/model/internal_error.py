"""What is told of an exception that nobody has expected: its type and its place, never its text,
which could hold a secret or lines of somebody else. Pure."""

import traceback


def name_internal(error: BaseException) -> str:
    """`internal error: TYPE in MODULE, line N`: the innermost place of our own."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_globals.get("__name__", "")
        if name.startswith("ccloud_apply."):
            place = f" in {name}, line {line}"
    return f"internal error: {type(error).__name__}{place}"


def describe_places(error: BaseException) -> str:
    """The traceback without the exceptions' texts, which could hold a secret."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        places = "".join(traceback.format_tb(current.__traceback__))
        parts.insert(0, f"{places}{type(current).__name__}\n")
        current = current.__cause__ or current.__context__
    return "\n".join(parts)
