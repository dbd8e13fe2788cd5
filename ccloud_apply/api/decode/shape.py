"""Tolerant readers of single JSON values. Which field a value belongs to: the other modules."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any


class Unreadable(ValueError):
    """A JSON value that cannot be decoded; the message names its place."""


def read_object(value: Any, place: str) -> Mapping[str, Any]:
    """An object. Raises Unreadable for anything else."""
    if isinstance(value, dict):
        return value
    raise Unreadable(f"{_at(place)}expected an object, got {name_type(value)}")


def unwrap(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object itself, if the API's framework wrapped it in `data`.

    A server has a field `data` of its own, so only a `data` with an id counts as a wrapper.
    """
    inner = item.get("data")
    return inner if "id" not in item and isinstance(inner, dict) and "id" in inner else item


def read_list(value: Any, place: str = "") -> list[Any]:
    """The items of a list that may come as one object, as a list in a list or inside `data`.

    Raises Unreadable for null and for plain values: an unknown list is not an empty one.
    """
    # Oddity: `GET .../isos`, `/ccloud/os`, `/ccloud/rollouts`
    # Oddity: `GET /ccloud/customers/addons` and `/reports`
    if isinstance(value, dict):
        if "data" in value and "id" not in value:
            return read_list(value["data"], f"{place}data")
        return [value] if value else []  # PHP sometimes encodes an empty list as {}
    if not isinstance(value, list):
        raise Unreadable(f"{_at(place)}expected a list, got {name_type(value)}")
    if any(isinstance(item, list) for item in value):
        return [inner for item in value for inner in (item if isinstance(item, list) else [item])]
    return value


def read_int(item: Mapping[str, Any], name: str, place: str) -> int | None:
    """A whole number, given as one or as text; None where it is null, empty or missing."""
    value = item.get(name)
    if value is None or type(value) is int:
        return value
    return to_int(value, f"{place}.{name}" if place else name)


def to_int(value: Any, place: str) -> int | None:
    """As `read_int`, for a value at hand."""
    if type(value) is int:
        return value
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
        digits = value.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 20:
            return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    raise Unreadable(f"{_at(place)}expected a whole number, got {name_type(value)}")


def need_int(item: Mapping[str, Any], name: str, place: str) -> int:
    """As `read_int`, for a field without which the item is useless."""
    value = read_int(item, name, place)
    if value is None:
        raise Unreadable(f"{_at(f'{place}.{name}' if place else name)}a number is missing")
    return value


def read_text(item: Mapping[str, Any], name: str, place: str) -> str | None:
    """A text; None where it is null, missing or empty. A number is taken as its digits."""
    # Oddity: texts (notes, names)
    value = item.get(name)
    if type(value) is str:
        return value if value and not value.isspace() else None
    if value is None:
        return None
    if type(value) is int:
        return str(value)
    raise Unreadable(
        f"{_at(f'{place}.{name}' if place else name)}expected text, got {name_type(value)}"
    )


def need_text(item: Mapping[str, Any], name: str, place: str) -> str:
    """As `read_text`, for a field without which the item is useless."""
    value = read_text(item, name, place)
    if value is None:
        raise Unreadable(f"{_at(f'{place}.{name}' if place else name)}a text is missing")
    return value


def read_texts(item: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    """A list of texts, empty where it is null or missing; a list within it is flattened."""
    value = item.get(name)
    if value is None:
        return ()
    where = f"{place}.{name}" if place else name
    return to_texts(value if isinstance(value, list | dict) else [value], where)


def to_texts(value: Any, place: str) -> tuple[str, ...]:
    """As `read_texts`, for a value at hand; null is not a list here."""
    items = read_list(value, place)
    if all([type(item) is str for item in items]):
        return tuple(items)
    return tuple([_to_text(item, f"{place}[{index}]") for index, item in enumerate(items)])


def _to_text(value: Any, place: str) -> str:
    if isinstance(value, str) or type(value) is int:
        return str(value)
    raise Unreadable(f"{place}: expected text, got {name_type(value)}")


def read_flag(item: Mapping[str, Any], name: str, place: str) -> bool | None:
    """A yes or no, as a boolean, a number or its word; None where it is null or missing."""
    value = item.get(name)
    if value is None or type(value) is bool:
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else "?"
    if word in ("1", "true"):
        return True
    if word in ("0", "false", ""):
        return False
    where = f"{place}.{name}" if place else name
    raise Unreadable(f"{_at(where)}expected true or false, got {name_type(value)}")


def read_amount(item: Mapping[str, Any], name: str, place: str) -> Decimal | None:
    """An amount of money, exact; None where it is null or missing."""
    value = item.get(name)
    if value is None or value == "":
        return None
    where = f"{place}.{name}" if place else name
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            amount = Decimal(str(value).strip())
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite() and abs(amount.adjusted()) < 18:
            return amount
    raise Unreadable(f"{_at(where)}expected an amount, got {name_type(value)}")


def read_known_amount(item: Mapping[str, Any], name: str) -> Decimal | None:
    """As `read_amount`; None also where it is no number, as in the document's own examples."""
    try:
        return read_amount(item, name, "")
    except Unreadable:
        return None


def name_type(value: Any) -> str:
    """What a value is, in a word. Only numbers are repeated: a text may be anything."""
    if type(value) in (int, float):
        return str(value)[:40]
    names: Mapping[type, str] = {
        type(None): "null",
        bool: "true or false",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "something else")


def _at(place: str) -> str:
    return f"{place}: " if place else ""
