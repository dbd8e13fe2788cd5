"""A filter of stacks -> the condition of a statement, and its parameters. Pure.

Whatever somebody typed is a parameter; what stands in the statement is ours alone.
"""

from collections.abc import Iterable
from typing import Any

from ccloud_apply.fleet.model.listing import StackFilter

IS_STALE = (
    "(s.is_declared = 1"
    " and cast(:now as double precision) - coalesce(s.seen_at, s.state_since)"
    " > 2 * coalesce(a.sweep_every, s.every))"
)
"""Nothing was seen of the stack for two of its account's sweep intervals. One that has vanished
from its source is told as a problem, and looked at by nobody."""

IS_PAUSED = (
    "(s.paused_by is not null"
    " and (s.paused_until is null or s.paused_until > cast(:now as double precision)))"
)

_WILDCARDS = {"*": "%", "?": "_"}
_MAX_WORDS = 8
"""Of a longer search the last ones have to stand side by side."""

_SEARCHED = ("s.name", "s.account", "s.path", "s.why", "s.problem")

Condition = tuple[str, dict[str, Any]]
"""What stands in the statement, and its parameters."""


def like_pattern(glob: str) -> str:
    """The glob for `lower(...) like ... escape '!'`."""
    return "".join(_WILDCARDS.get(character) or _escape(character) for character in glob.lower())


def find_conditions(
    chosen: StackFilter, *, name: str = "s.name", account: str = "s.account"
) -> Condition:
    """The condition on `stack s` joined with `account a`, which needs `:now` too.

    `name` and `account` are the columns of the names, where another table has them.
    """
    conditions = [
        *([in_list("s.id", "id", chosen.ids)] if chosen.ids else ()),
        *([_match_names(name, account, chosen.names)] if chosen.names else ()),
        *([_match_any(account, "account", chosen.accounts)] if chosen.accounts else ()),
        *([_match_any(account, "visible", chosen.visible)] if chosen.visible is not None else ()),
        *map(_has_label, range(len(chosen.labels)), sorted(chosen.labels.items())),
        *([in_list("s.state", "state", sorted(chosen.states))] if chosen.states else ()),
        *map(_search, range(_MAX_WORDS), chosen.text.split(maxsplit=_MAX_WORDS - 1)),
        *_is_or_not(chosen.is_stale, IS_STALE),
        *_is_or_not(chosen.is_paused, IS_PAUSED),
    ]
    return join_conditions(conditions)


def join_conditions(conditions: Iterable[Condition]) -> Condition:
    """All of them; true where there is none."""
    parameters: dict[str, Any] = {}
    texts = []
    for text, needed in conditions:
        texts.append(text)
        parameters.update(needed)
    return " and ".join(texts) or "1 = 1", parameters


def in_list(column: str, name: str, values: Iterable[Any]) -> Condition:
    """The column has one of these values; never true without any."""
    parameters = {f"{name}_{number}": value for number, value in enumerate(values)}
    if not parameters:
        return "1 = 0", {}
    return f"{column} in ({', '.join(f':{one}' for one in parameters)})", parameters


def _match_any(column: str, name: str, globs: tuple[str, ...]) -> Condition:
    exact = [glob for glob in globs if not is_glob(glob)]
    texts: list[str] = []
    parameters: dict[str, Any] = {}
    if exact:
        text, parameters = in_list(column, name, exact)
        texts.append(text)
    for number, glob in enumerate(glob for glob in globs if is_glob(glob)):
        parameter = f"{name}_glob_{number}"
        parameters[parameter] = like_pattern(glob)
        texts.append(f"lower({column}) like :{parameter} escape '!'")
    return f"({' or '.join(texts) or '1 = 0'})", parameters


def _match_names(name: str, account: str, globs: tuple[str, ...]) -> Condition:
    """Any of `NAME` and `ACCOUNT/NAME`; no name of a stack or an account holds a `/`."""
    bare = tuple(glob for glob in globs if "/" not in glob)
    found = [_match_any(name, "name", bare)] if bare else []
    for number, (first, second) in enumerate(glob.split("/", 1) for glob in globs if "/" in glob):
        parts = (
            _match_any(account, f"pair_{number}_account", (first,)),
            _match_any(name, f"pair_{number}_name", (second,)),
        )
        found.append(join_conditions(parts))
    texts = [f"({text})" for text, _ in found]
    _, parameters = join_conditions(found)
    return f"({' or '.join(texts)})", parameters


def is_glob(text: str) -> bool:
    """True if it may match more than itself."""
    return any(wildcard in text for wildcard in _WILDCARDS)


def _has_label(number: int, label: tuple[str, str]) -> Condition:
    name, value = label
    matched, parameters = _match_any("l.value", f"label_{number}_value", (value,))
    parameters[f"label_{number}"] = name
    return (
        "exists (select 1 from stack_label l where l.stack_id = s.id"
        f" and l.name = :label_{number} and {matched})"
    ), parameters


def _search(number: int, word: str) -> Condition:
    text = f"text_{number}"
    found = [f"lower({column}) like :{text} escape '!'" for column in _SEARCHED]
    found.append(
        "exists (select 1 from stack_label l where l.stack_id = s.id"
        f" and lower(l.name || '=' || l.value) like :{text} escape '!')"
    )
    return f"({' or '.join(found)})", {text: f"%{_escape(word.lower())}%"}


def _is_or_not(wanted: bool | None, condition: str) -> tuple[Condition, ...]:
    if wanted is None:
        return ()
    return ((condition if wanted else f"not {condition}", {}),)


def _escape(text: str) -> str:
    return "".join(f"!{character}" if character in "%_!" else character for character in text)
