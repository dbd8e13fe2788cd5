"""The filter of the server list by a tag, as the options read it."""

from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass

_CARRIES = "instr(tags, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFilter:
    """Which servers a tag lets pass; `SandboxOptions.tag_filter` has the words."""

    tag: str
    how: Literal["exact", "part", "any_case", "behind"]

    def to_sql(self) -> tuple[str, list[object]]:
        """A condition on the table of servers, and its values."""
        whole = f"\n{self.tag}\n"
        if self.how == "part":
            return _CARRIES, [self.tag]
        if self.how == "any_case":
            return "instr(lower(tags), ?)", [whole.lower()]
        if self.how == "behind":
            newest = f"(SELECT max(id) FROM servers WHERE {_CARRIES})"  # noqa: S608
            return f"{_CARRIES} AND id <> {newest}", [whole, whole]
        return _CARRIES, [whole]
