"""What must hold after a rehearsal: pure comparisons of the copy before and after."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.plan import Action, Plan
from ccloud_apply.model.results.rehearsal import RehearsedServer, RehearsedStep, Rule
from ccloud_apply.model.text import join_names


def check_compared(unknown: Sequence[str]) -> Rule:
    """Every server can be compared: nothing is proved of the others."""
    return _rule("every server is compared", unknown)


def check_same_plan(live: Plan, copied: Plan) -> Rule:
    """The plan on the copy is the one on the account: else the copy proves nothing."""
    different = [
        f"{one.stack}/{other}"
        for one, two in zip(live.stacks, copied.stacks, strict=True)
        for other in _different_steps(one.steps, two.steps)
    ]
    return _rule("the plan on the copy is the plan on the account", different)


def _different_steps(live: Sequence[object], copied: Sequence[object]) -> Iterator[str]:
    def by_id(steps: Sequence[object]) -> dict[str, object]:
        return {s.id: (s.method, s.path, s.body) for s in steps}  # type: ignore[attr-defined]

    one, two = by_id(live), by_id(copied)
    for name in dict.fromkeys([*one, *two]):
        if one.get(name) != two.get(name):
            yield name


def check_steps(steps: Sequence[RehearsedStep], error: str | None) -> Rule:
    """Every step was done."""
    name = "every step is done"
    failed = [step.step for step in steps if step.status == "failed"]
    if not failed and error is not None:
        return Rule(name=name, holds=False, what=error)
    return _rule(name, failed)


def check_converged(left: Plan | None) -> Rule:
    """A second plan has nothing left to do."""
    name = "a second plan is empty"
    if left is None:
        return Rule(name=name, holds=False, what="there was none")
    unknown = [f"{s.stack}/{server.key}" for s in left.stacks for server in s.uncompared_servers()]
    steps = [f"{stack.stack}/{step.id}" for stack in left.stacks for step in stack.steps]
    return _rule(name, [*steps, *unknown])


def check_untouched(plan: Plan, before: Mapping[str, object], after: Mapping[str, object]) -> Rule:
    """Servers that the plan does not touch are as they were. By hostname, all that is known."""
    touched = {server.hostname for stack in plan.stacks for server in stack.changed_servers()}
    changed = [
        hostname
        for hostname, record in before.items()
        if hostname not in touched and after.get(hostname) != record
    ]
    return _rule("every other server is as it was", changed)


def check_destroyed(plan: Plan, before: Mapping[str, object], after: Mapping[str, object]) -> Rule:
    """Nothing is gone but what the plan destroys or replaces."""
    ending = {Action.DESTROY, Action.REPLACE}
    meant = {s.hostname for stack in plan.stacks for s in stack.servers if s.action in ending}
    return _rule("only what the plan destroys is gone", sorted({*before} - {*after} - meant))


def check_identities(servers: Sequence[LiveServer]) -> Rule:
    """No two servers have one identity."""
    counts = Counter(
        (stack, key)
        for server in servers
        for owner in (read_ownership(server.tags),)
        for stack in owner.stacks
        for key in owner.keys
    )
    twice = [f"{stack}/{key}" for (stack, key), count in counts.items() if count > 1]
    return _rule("no two servers have one identity", twice)


def _rule(name: str, broken: Sequence[str]) -> Rule:
    return Rule(name=name, holds=not broken, what=join_names(broken))


def find_end_state(plan: Plan, servers: Sequence[LiveServer]) -> tuple[RehearsedServer, ...]:
    """Every server that the plan touches, with what became of it."""
    by_identity = {
        (stack, key): server
        for server in servers
        for owner in (read_ownership(server.tags),)
        for stack in owner.stacks
        for key in owner.keys
    }
    by_hostname = {server.hostname: server for server in servers}
    return tuple(
        RehearsedServer(
            stack=stack.stack,
            key=server.key,
            action=server.action,
            live=by_identity.get((stack.stack, server.key)) or by_hostname.get(server.hostname),
        )
        for stack in plan.stacks
        for server in stack.changed_servers()
    )
