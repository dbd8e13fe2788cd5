"""What is due when: spread, jitter, backoff, and which stacks are chosen."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.model.status import PRIORITIES, Cause
from ccloud_apply.fleet.schedule import (
    DueStack,
    Situation,
    choose,
    plan_look,
    plan_next,
    plan_retry,
    spread,
)

moments = st.floats(min_value=0, max_value=4e9)
intervals = st.floats(min_value=1, max_value=86400 * 30)
chances = st.floats(min_value=0, max_value=1)
names = st.text(min_size=1, max_size=5)


@given(names, moments, intervals)
def test_a_first_due_time_is_in_the_interval_and_always_the_same(
    name: str, now: float, every: float
) -> None:
    due = spread(name, now, every)
    assert now <= due <= now + every
    assert due == spread(name, now, every)


def test_a_thousand_stacks_that_come_together_are_spread_over_the_whole_interval() -> None:
    parts = Counter(int(spread(f"shop-{n}", 0, 10)) for n in range(1000))
    assert sorted(parts) == list(range(10))
    assert max(parts.values()) < 200


@given(moments, intervals, chances)
def test_the_next_run_is_an_interval_later_give_or_take_a_tenth(
    now: float, every: float, chance: float
) -> None:
    assert 0.89 * every <= plan_next(now, every, chance) - now <= 1.11 * every


@given(st.floats(min_value=0, max_value=1e6), intervals, st.integers(1, 10**6), chances)
def test_a_retry_comes_later_each_time_and_at_most_an_interval_later(
    now: float, every: float, failures: int, chance: float
) -> None:
    due = plan_retry(now, every, failures, chance)
    assert now < due <= now + every
    assert plan_retry(now, every, failures + 1, chance) >= due


@given(intervals, intervals, chances)
def test_a_clean_stack_runs_by_itself_only_where_no_sweep_comes_first(
    every: float, sweep_every: float, chance: float
) -> None:
    due = plan_look(0.0, every, sweep_every, chance)
    if every < sweep_every:
        assert due <= 1.11 * every
    else:
        assert due >= plan_next(0.0, sweep_every, 1.0)  # the latest that the next sweep comes
        assert due <= 1.38 * max(every, sweep_every)


def test_the_pauses_after_failures_double_from_half_a_minute() -> None:
    pauses = [plan_retry(0, 1800, failures, 0) for failures in range(1, 9)]
    assert pauses == [30, 60, 120, 240, 480, 960, 1800, 1800]


stacks = st.builds(
    DueStack,
    account=st.sampled_from(["a", "b", "c"]),
    name=st.integers(0, 10**6).map(str),
    due=moments,
    priority=st.integers(0, 3),
)
situations = st.builds(
    Situation,
    sources=st.dictionaries(names, moments, max_size=3),
    accounts=st.dictionaries(names, moments, max_size=3),
    stacks=st.lists(stacks, max_size=20),
    free=st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 5)),
)


@given(situations)
def test_no_account_gets_more_than_it_has_room_for_and_none_less(situation: Situation) -> None:
    jobs = [job for job in choose(situation) if job.kind == "run"]
    chosen = Counter(job.account for job in jobs)
    wanted = Counter(stack.account for stack in situation.stacks)
    for account in "abc":
        assert chosen[account] == min(wanted[account], situation.free.get(account, 0))


@given(situations)
def test_polls_and_sweeps_come_first_and_all_of_them(situation: Situation) -> None:
    kinds = [job.kind for job in choose(situation)]
    assert kinds == sorted(kinds, key=["poll", "sweep", "run"].index)
    assert kinds.count("poll") == len(situation.sources)
    assert kinds.count("sweep") == len(situation.accounts)


@given(situations)
def test_what_was_left_out_was_less_urgent_or_due_later(situation: Situation) -> None:
    chosen = {(job.account, job.name) for job in choose(situation) if job.kind == "run"}
    for account in "ab":
        rank = {
            (one.account, one.name): (-one.priority, one.due)
            for one in situation.stacks
            if one.account == account
        }
        if len(rank) != sum(one.account == account for one in situation.stacks):
            continue  # one name twice
        taken = [rank[name] for name in rank if name in chosen]
        left = [rank[name] for name in rank if name not in chosen]
        if taken and left:
            assert max(taken) <= min(left)


def test_a_storm_of_commits_goes_ahead_of_no_other_account_and_of_no_sweep() -> None:
    causes: tuple[Cause, ...] = ("schedule", "commit", "take-over", "person")
    jobs = choose(
        Situation(
            sources={"git": 0.0},
            accounts={"a": 0.0},
            stacks=[
                DueStack(account="b", name=cause, due=0.0, priority=PRIORITIES[cause])
                for cause in causes
            ],
            free={"b": 4},
        )
    )
    assert {job.name or job.kind: job.priority for job in jobs} == {
        "git": 0,
        "sweep": 0,
        "schedule": 0,
        "commit": 0,
        "take-over": PRIORITIES["take-over"],
        "person": PRIORITIES["person"],
    }


def test_what_is_half_done_goes_before_commits_and_a_person_before_both() -> None:
    order = sorted(PRIORITIES, key=lambda cause: -PRIORITIES[cause])

    assert order == ["person", "take-over", "commit", "schedule"]
