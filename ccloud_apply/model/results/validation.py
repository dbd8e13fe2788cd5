"""What `validate` has found: how much was checked, and what is wrong with it."""

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The numbers of the stacks and servers that were loaded, and all diagnostics.

    `unknown` are the variables without a value: what uses them was not checked. Without
    `is_complete` there may be more servers. `environments` are those of the project, where it was
    more than one: the numbers are those of all of them.
    """

    stacks: int = 0
    servers: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    unknown: tuple[str, ...] = ()
    is_complete: bool = True
    environments: tuple[str, ...] = ()
