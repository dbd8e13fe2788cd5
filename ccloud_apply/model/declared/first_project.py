"""What somebody wants in a first project file."""

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstProject:
    """A project file that is to be written.

    `customer_id` and `endpoint` are the account that is expected, None where that is not known;
    `stacks` are the patterns of its stacks, empty for every stack in the folder.
    """

    name: str
    customer_id: str | None = None
    endpoint: str | None = None
    stacks: tuple[str, ...] = ()
