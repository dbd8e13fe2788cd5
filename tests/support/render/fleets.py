"""Plans of many servers, of which many are alike: for what a drawing folds and what it must not."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from ccloud_apply.model.results.plan import DESTRUCTIVE, Action, Plan, ServerPlan, StackPlan, Step
from tests.support.render.plans import step

_OPERATIONS = {
    Action.CREATE: ("create server",),
    Action.UPDATE: ("resize memory", "set tags"),
    Action.DESTROY: ("delete server",),
    Action.REPLACE: ("delete server", "create server"),
    Action.ADOPT: ("set tags",),
}


@dataclass(frozen=True)
class Kind:
    """Servers `name-1` to `name-SIZE`, which wait for those of another kind in some way."""

    name: str
    size: int
    action: Action = Action.UPDATE
    waits_for: int | None = None
    way: str = "all"
    loses_disk: bool = False


def fleet_of(*kinds: Kind, stack: str = "web") -> StackPlan:
    """The plan of these servers. A kind waits for an earlier one, by its number."""
    servers: list[ServerPlan] = []
    steps: list[Step] = []
    for kind in kinds:
        for number in range(1, kind.size + 1):
            key = f"{kind.name}-{number}"
            names = [f"{key}/{name.replace(' ', '-')}" for name in _OPERATIONS[kind.action]]
            needs = _needs(kinds, kind, number)
            for place, (id, operation) in enumerate(
                zip(names, _OPERATIONS[kind.action], strict=True)
            ):
                one = step(id, operation, "PUT", f"/ccloud/{key}", needs=needs if not place else ())
                is_loss = operation == "delete server" or (kind.loses_disk and not place)
                steps.append(replace(one, is_destructive=is_loss))
            hostname = None if kind.action is Action.CREATE else f"vs-{stack}-{key}"
            servers.append(
                ServerPlan(key=key, hostname=hostname, action=kind.action, steps=tuple(names))
            )
    return StackPlan(stack=stack, path=f"{stack}.yaml", servers=tuple(servers), steps=tuple(steps))


def _needs(kinds: tuple[Kind, ...], kind: Kind, number: int) -> tuple[str, ...]:
    if kind.waits_for is None:
        return ()
    other = kinds[kind.waits_for]
    last = _OPERATIONS[other.action][-1].replace(" ", "-")
    ids = [f"{other.name}-{n}/{last}" for n in range(1, other.size + 1)]
    if kind.way == "own":
        return tuple(ids[number - 1 : number])
    if kind.way == "one":  # the second waits for the first alone, the others for nobody
        return tuple(ids[:1]) if number == 2 else ()
    if kind.way == "chain":
        return (f"{kind.name}-{number - 1}/{last}",) if number > 1 else ()
    return tuple(ids)


@st.composite
def _kinds(draw: st.DrawFn) -> tuple[Kind, ...]:
    found: list[Kind] = []
    for number in range(draw(st.integers(1, 4))):
        found.append(
            Kind(
                name="abcd"[number],
                size=draw(st.sampled_from([1, 2, 3, 9, 30])),
                action=draw(st.sampled_from(sorted(_OPERATIONS))),
                waits_for=draw(st.none() | st.integers(0, number - 1)) if number else None,
                way=draw(st.sampled_from(["all", "own", "one"])),
                loses_disk=draw(st.booleans()),
            )
        )
    return tuple(found)


fleets = st.lists(_kinds(), min_size=1, max_size=2).map(
    lambda several: Plan(
        stacks=tuple(
            fleet_of(*kinds, stack=name)
            for kinds, name in zip(several, ("shop", "mail"), strict=False)
        )
    )
)
"""Plans of up to 240 servers."""


def lost_servers(plan: Plan) -> list[ServerPlan]:
    """The servers that go, or of which data goes."""
    lost = {s.server for stack in plan.stacks for s in stack.steps if s.is_destructive}
    return [
        server
        for stack in plan.stacks
        for server in stack.servers
        if server.key in lost and _is_lost(stack, server)
    ]


def _is_lost(stack: StackPlan, server: ServerPlan) -> bool:
    return server.action in DESTRUCTIVE or any(
        one.is_destructive for one in stack.steps if one.server == server.key
    )
