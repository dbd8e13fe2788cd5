"""What the loader keeps beside a stack for those who show where its values come from."""

from collections.abc import Mapping
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.expand import Instance
from ccloud_apply.load.text.node import Node


@dataclass(slots=True)
class Record:
    """Filled by one run of the loader.

    `written` are the files as they were written, as far as they are valid. `servers` are the merged
    fields of each server by its expanded key, `sections` other parts, after interpolation.
    """

    written: list[Node] = field(default_factory=list)
    servers: dict[str, tuple[Instance, Mapping[str, Node]]] = field(default_factory=dict)
    sections: dict[str, Node] = field(default_factory=dict)
