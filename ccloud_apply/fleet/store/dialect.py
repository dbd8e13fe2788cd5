"""Statement -> what one database takes: the words in braces, the form of parameters, and values
that both databases keep alike."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ccloud_apply.fleet.store.database import Dialect
from ccloud_apply.lazy_pattern import lazy_pattern

_WORDS = ("now", "for_update", "skip_locked", "identity", "text")
_PARAMETER = lazy_pattern(r"('[^']*')|(?<!:):([a-z_][a-z0-9_]*)\b")


@lru_cache(maxsize=1024)  # statements are constants, and few are put together from parts
def render(statement: str, dialect: Dialect) -> str:
    """The statement in this dialect. Pure; PostgreSQL's parameters are `%(name)s`.

    What stands in quotes keeps its colons.
    """
    for word in _WORDS:
        statement = statement.replace("{" + word + "}", getattr(dialect, word))
    if dialect.name == "postgres":
        statement = _PARAMETER.sub(
            lambda found: found.group(1) or f"%({found.group(2)})s", statement.replace("%", "%%")
        )
    return statement


def clean_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Values that both databases keep: flags as 0 or 1, and texts without what is no character.

    PostgreSQL keeps no NUL, and neither keeps half of a surrogate pair. Texts of accounts and
    names of files may hold them, and must not make a run fail that has only to be written down.
    """
    return {name: _clean(value) for name, value in parameters.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and not (value.isascii() and "\0" not in value):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return value
