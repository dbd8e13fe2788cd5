"""The flags of `sandbox serve` as values."""

from dataclasses import dataclass

from ccloud_apply.errors import UsageError

LIMITED = ("cores", "memory", "disk", "creates")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFlags:
    """What is served: `--db`, `--speed`, `--faults` and `--limits`."""

    db: str | None
    speed: float
    faults: str | None
    limits: str | None


def parse_limits(given: str | None) -> dict[str, int] | None:
    """The limits by name. Raises UsageError for what is none."""
    if given is None:
        return None
    limits: dict[str, int] = {}
    for part in given.split(","):
        name, _, number = part.partition("=")
        if name not in LIMITED or not number.isascii() or not number.isdigit():
            raise UsageError(
                f"--limits: {part!r} is no limit",
                hint="such as --limits cores=64,memory=256,disk=2000",
            )
        limits[name] = int(number)
    return limits
