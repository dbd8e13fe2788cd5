"""The flags of `sandbox serve` as values."""

from collections.abc import Sequence
from typing import Any

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass

LIMITED = ("cores", "memory", "disk", "creates")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFlags:
    """What is served: `--db`, `--speed`, `--faults`, `--limits` and `--reading`."""

    db: str | None
    speed: float
    faults: str | None
    limits: str | None
    readings: tuple[str, ...]


def parse_limits(given: str | None) -> dict[str, int] | None:
    """The limits by name. Raises UsageError for what is none."""
    if given is None:
        return None
    limits: dict[str, int] = {}
    for part in given.split(","):
        name, _, number = part.partition("=")
        if name not in LIMITED or not number.isascii() or not number.isdigit():
            raise UsageError(
                f"--limits: {part!r} is not a limit",
                hint="such as --limits cores=64,memory=256,disk=2000",
            )
        limits[name] = int(number)
    return limits


def parse_readings(given: Sequence[str]) -> dict[str, Any]:
    """The interpretations by name. Raises UsageError for what is none."""
    from ccloud_apply.sandbox.options import read_reading, readings

    found: dict[str, Any] = {}
    for one in given:
        name, _, text = one.partition("=")
        try:
            found[name] = read_reading(name, text)
        except KeyError:
            raise UsageError(
                f"--reading: {name!r} is not a reading of the sandbox",
                hint=f"there are {', '.join(sorted(readings()))}",
            ) from None
        except ValueError as error:
            raise UsageError(
                f"--reading {name}: {text!r} is not one of its values", hint=f"possible: {error}"
            ) from None
    return found


def check_speed(speed: float) -> None:
    """Raises UsageError for a speed at which no task would ever end."""
    if not speed > 0:
        raise UsageError(
            "--speed 0: no task would ever end",
            hint="1 is the platform's own speed, 20 is twenty times as fast",
        )
