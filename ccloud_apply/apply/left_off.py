"""Servers that an interrupted run has switched off: the plan turns them on, the journal says when.

A resize shuts a server down and starts it afterwards. A run that ended in between has left an entry
that no later one closes.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Self

from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.result import ApplyResult
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Declared, ServerSpec, Stack
from ccloud_apply.model.journal import Entry
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.operations import OPERATIONS

_POWER = OPERATIONS["change_server_state"].id

_Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LeftOff:
    """The entries of the shutdowns that were never closed, by stack and server as they are called
    now; each with the stack whose journal it is in."""

    entries: Mapping[_Name, tuple[str, Entry]]

    @classmethod
    def find(cls, journals: Mapping[str, Recorder], names_since: Mapping[_Name, _Name]) -> Self:
        """Those of these journals, which are settled. `names_since` as in `find_names_since`."""
        found: dict[_Name, tuple[str, Entry]] = {}
        for name, journal in journals.items():
            for entry in journal.unclosed_entries:
                earlier = (name, entry.intent.server)
                found[names_since.get(earlier, earlier)] = (name, entry)
        return cls(found)

    def turn_on(self, stack: Stack) -> Stack:
        """The stack with the power that an interrupted resize took from some of its servers."""
        off = {key for name, key in self.entries if name == stack.name}
        if not off:
            return stack
        return replace(stack, servers=tuple(_turn_on(spec, off) for spec in stack.servers))

    def find_closed(self, plan: Plan, result: ApplyResult) -> Iterator[tuple[str, Entry]]:
        """The entries of servers that are not left off any more, with their journals' stacks.

        Of one that is not compared nobody knows.
        """
        done = {(o.stack, o.step) for o in result.outcomes if o.is_done}
        stacks = {stack.stack for stack in plan.stacks if stack.has_changes}
        still_off = {
            (stack.stack, step.server)
            for stack in plan.stacks
            for step in stack.steps
            if step.operation_id == _POWER and (stack.stack, step.id) not in done
        }
        still_off |= {
            (s.stack, server.key) for s in plan.stacks for server in s.uncompared_servers()
        }
        for (name, key), (journal, entry) in self.entries.items():
            if name in stacks and (name, key) not in still_off:
                yield journal, entry


def _turn_on(spec: ServerSpec, off: Collection[str]) -> ServerSpec:
    if spec.key not in off or spec.declares("power"):
        return spec
    return replace(spec, fields={**spec.fields, "power": Declared("running", spec.source)})
