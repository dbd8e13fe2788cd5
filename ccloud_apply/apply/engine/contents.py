"""The contents of files that a plan sends: bound by digest when planned, checked when sent.

Whoever approves a plan approves what is in its files, and what its templates give. Secrets are
bound by their names alone. How a file is read does not belong here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ccloud_apply.errors import ChangedReferenceError
from ccloud_apply.model.declared.reference import (
    Reference,
    digest_contents,
    find_references,
    find_templates,
)
from ccloud_apply.model.results.plan import Plan, StackPlan

Read = Callable[[Reference], str]


def bind_contents(plan: Plan, read: Read) -> Plan:
    """The plan with the digest of every file that its steps send; each file is read once.

    What a server gets from a template was read with its stack, and has a digest of its own. Raises
    UnreadableReferenceError.
    """
    digests: dict[str, str] = {}

    def bind(stack: StackPlan) -> StackPlan:
        contents: dict[str, str] = {}
        for reference in find_references([step.body for step in stack.steps]):
            if not reference.is_bound:
                continue
            if reference.path not in digests:
                digests[reference.path] = digest_contents(read(reference))
            contents[reference.path] = digests[reference.path]
        for step in stack.steps:
            for template in find_templates(step.body):
                contents[template.bound_name(step.server)] = template.digest
        return replace(stack, contents=contents)

    return replace(plan, stacks=tuple(map(bind, plan.stacks)))


def check_contents(plan: Plan, read: Read) -> Read:
    """A reader that gives back what was planned or raises ChangedReferenceError.

    It compares the very text that it gives back. A file that the plan does not bind is read as it
    is: nobody was told what is in it.
    """
    planned: Mapping[str, str] = {
        path: digest for stack in plan.stacks for path, digest in stack.contents.items()
    }

    def read_planned(reference: Reference) -> str:
        text = read(reference)
        if not reference.is_bound:
            return text
        digest = planned.get(reference.path)
        if digest is not None and digest != digest_contents(text):
            raise ChangedReferenceError(
                f"the file {reference.path} changed since the plan, so it was not sent",
                hint="plan again, and apply that plan",
            )
        return text

    return read_planned
