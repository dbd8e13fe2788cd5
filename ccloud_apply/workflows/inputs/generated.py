"""`password: {generate: FILE}`: what a run reads of it, and when.

Before anything is sent only whether the file can be made is looked at; the password is made right
before the request that needs it. How it is kept is apply/workdir/generated_password.py.
"""

from collections.abc import Callable, Iterable

from ccloud_apply.apply.queued_step import CREATE
from ccloud_apply.apply.result import ApplyResult
from ccloud_apply.apply.workdir.accounts import AccountIds
from ccloud_apply.apply.workdir.generated_password import (
    finish_password,
    obtain_password,
    require_usable,
)
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference, find_references
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.plan import Plan

Read = Callable[[Reference], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedPasswords:
    """Those of one apply. `read_given` reads every other reference, `look_up` what can be read of
    it before the plan is approved; `ids` are those of the account, as far as it is known by now."""

    read_given: Read
    look_up: Read
    ids: Callable[[], AccountIds]

    def look(self, reference: Reference, *, is_approved: bool) -> str:
        """What a reference refers to; nothing of a password that is still to be made.

        Raises UnreadableReferenceError.
        """
        if reference.kind != "generate":
            return (self.read_given if is_approved else self.look_up)(reference)
        require_usable(reference, self._accounts())
        return ""

    def read(self, reference: Reference) -> str:
        """The same right before it is sent. Raises UnreadableReferenceError."""
        if reference.kind != "generate":
            return self.read_given(reference)
        return obtain_password(reference, self._accounts())

    def _accounts(self) -> tuple[str, ...]:
        ids = self.ids()
        return (ids.journal, *ids.earlier)

    def finish(self, stacks: Iterable[Stack], plan: Plan, result: ApplyResult) -> tuple[str, ...]:
        """Leave alone from now on the files of all servers that are there for certain.

        Gives back a warning for each that an earlier run has left: whether it was that run which
        made the server, or another machine meanwhile, cannot be known. Raises
        UnreadableReferenceError.
        """
        done = {(one.stack, one.step) for one in result.outcomes if one.is_done}
        creates = {
            (stack.stack, step.server): (stack.stack, step.id) in done
            for stack in plan.stacks
            for step in stack.steps
            if step.operation_id == CREATE
        }
        present = {
            (stack.stack, server.key)
            for stack in plan.stacks
            for server in stack.servers
            if creates.get((stack.stack, server.key), server.hostname is not None)
        }
        warnings: list[str] = []
        for one in stacks:
            for spec in one.servers:
                name = (one.name, spec.key)
                if name not in present:
                    continue
                for reference in find_references(spec.value("password")):
                    if reference.kind != "generate":
                        continue
                    if finish_password(reference, self._accounts()) and name not in creates:
                        warnings.append(
                            f"an earlier run made {reference.name} for {spec.key} and was cut"
                            " off; it is its password unless another machine has made the"
                            f" server meanwhile: `ccloud-apply password {spec.key} {one.path}`"
                            " shows what the platform knows"
                        )
        return tuple(warnings)
