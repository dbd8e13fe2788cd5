"""Statement -> what one database takes: the words in braces, and the form of parameters."""

from ccloud_apply.fleet.store.database import Dialect
from ccloud_apply.lazy_pattern import lazy_pattern

_PARAMETER = lazy_pattern(r"(?<!:):([a-z_]+)\b")


def render(statement: str, dialect: Dialect) -> str:
    """The statement in this dialect. Pure; PostgreSQL's parameters are `%(name)s`."""
    for word in ("now", "for_update", "skip_locked", "identity"):
        statement = statement.replace("{" + word + "}", getattr(dialect, word))
    if dialect.name == "postgres":
        statement = _PARAMETER.sub(r"%(\1)s", statement.replace("%", "%%"))
    return statement
