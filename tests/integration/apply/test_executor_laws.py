"""What holds for every plan and whatever fails in it."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from ccloud_apply.apply.engine.executor import ApplyOptions
from ccloud_apply.errors import InvalidError, TransportError
from ccloud_apply.model.results.plan import Plan, Step
from tests.support.examples import examples
from tests.support.run_apply import Run, run
from tests.support.scripted_api import CALL, Script, ScriptedApi
from tests.support.step_plans import plan, step

SCRIPTS = st.sampled_from(
    [
        Script(seconds=20),
        Script(seconds=90, answer_takes=2),
        Script(fails="no space"),
        Script(raises=InvalidError("refused", status=422, **CALL)),
        Script(raises=TransportError("the connection broke", maybe_done=True, **CALL)),
        Script(seconds=9e9),
    ]
)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, ScriptedApi]:
    """A plan in topological order over a few servers, and what happens to each of its steps."""
    steps: list[Step] = []
    api = ScriptedApi()
    for number in range(draw(st.integers(1, 14))):
        server = f"s{draw(st.integers(0, 4))}x{number}"
        ids = [one.id for one in steps]
        needs = draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)) if ids else []
        closes = draw(st.none() | st.sampled_from(ids)) if ids else None
        what = draw(st.sampled_from(["memory", "notes", "create"]))
        made = step(f"{server}/{what}", needs=tuple(needs), closes=closes, path=f"/step/{number}")
        steps.append(_on_shared_server(made, server.split("x")[0]))
        api.scripts[f"/step/{number}"] = draw(SCRIPTS)
    return plan(*steps), api


def _on_shared_server(made: Step, server: str) -> Step:
    return Step(
        id=made.id,
        server=server,
        operation=made.operation,
        operation_id=made.operation_id,
        method=made.method,
        path=made.path,
        needs=made.needs,
        closes=made.closes,
    )


@settings(max_examples=examples(150))
@given(plans(), st.integers(1, 6))
def test_whatever_fails_the_order_holds_and_every_step_ends_once(
    case: tuple[Plan, ScriptedApi], parallelism: int
) -> None:
    chosen, api = case
    options = ApplyOptions(parallelism=parallelism, task_timeout_s=300)
    done = run(chosen, api, options=options)  # a deadlock would be an exception
    steps = chosen.stacks[0].steps
    assert [outcome.step for outcome in done.result.outcomes] == [one.id for one in steps]
    assert not done.result.stopped
    check_each_step_is_told_and_sent_once(done, api, steps)
    for one in steps:
        check_what_it_waited_for(done, one)
    check_one_at_a_time(done, steps)
    assert max(Counter(_overlaps(done)).values(), default=0) <= parallelism
    assert api.most_creates <= 10


def check_each_step_is_told_and_sent_once(
    done: Run, api: ScriptedApi, steps: tuple[Step, ...]
) -> None:
    sent = Counter(request.path for request in api.sent)
    for one in steps:
        was_skipped = done.statuses()[one.id] == "skipped"
        # A second time only where the first is proven absent; a closing step is tried on.
        most = 2 if one.closes is None else 6
        assert 0 < sent[one.path] <= most or (was_skipped and not sent[one.path])
        ends = Counter(done.types(one.id))
        assert ends["step_start"] == (0 if was_skipped else 1)
        assert ends["step_complete"] + ends["step_failed"] + ends["step_skipped"] == 1


def check_what_it_waited_for(done: Run, one: Step) -> None:
    if one.id not in done.starts:
        assert done.reasons()[one.id]
        return
    outcomes = {outcome.step: outcome for outcome in done.result.outcomes}
    for need in one.needs:
        assert done.ends[need] <= done.starts[one.id]
        assert outcomes[need].is_done or one.closes is not None
    if one.closes is not None:
        assert done.ends[one.closes] <= done.starts[one.id]
        assert outcomes[one.closes].is_done or outcomes[one.closes].is_unknown


def check_one_at_a_time(done: Run, steps: tuple[Step, ...]) -> None:
    latest: dict[str, float] = {}
    for one in steps:  # the plan's order
        if one.id in done.starts:
            assert done.starts[one.id] >= latest.get(one.server, 0.0)
            latest[one.server] = done.ends[one.id]


def _overlaps(done: Run) -> list[float]:
    """For each moment at which a step starts, that moment once per step in flight then."""
    return [
        at
        for at in set(done.starts.values())
        for id, start in done.starts.items()
        if start <= at < done.ends[id]
    ]
