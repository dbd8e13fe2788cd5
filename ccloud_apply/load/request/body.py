"""The body of `--input` as a JSON value. Pure. Whether it fits is decided in `check.py`."""

import json
from typing import Any

from ccloud_apply.errors import UsageError


def parse_body(text: str, name: str) -> Any:
    """The value of a JSON text from the file `name`.

    Raises UsageError with the place, never with the text: what is no JSON, numbers that JSON does
    not have, and a field that is given twice.
    """
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_read_object)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise UsageError(f"{where}: this is not JSON", hint="give the body as JSON") from None
    except (ValueError, RecursionError) as error:
        why = "a number has too many digits"  # all that is left for a ValueError of Python's
        if isinstance(error, _Refused | RecursionError):
            why = str(error) if isinstance(error, _Refused) else "it is nested too deeply"
        raise UsageError(f"{name}: {why}", hint="give the body as JSON") from None


class _Refused(ValueError):
    """What Python's JSON takes and JSON does not have."""


def _refuse(name: str) -> Any:
    raise _Refused(f"{name} is not a number of JSON")


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Refused("a field is given twice in one object")
    return found
