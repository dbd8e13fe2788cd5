"""How much an apply does at the same time, and how long it takes. In virtual time."""

from functools import partial

from ccloud_apply.apply.engine.executor import ApplyOptions
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import build_ownership_tags
from tests.support.run_apply import run
from tests.support.scripted_api import Script, ScriptedApi
from tests.support.step_plans import plan, step

build_tags = partial(build_ownership_tags, is_protected=False)


def test_ten_servers_are_created_at_a_time_whatever_the_parallelism() -> None:
    api = ScriptedApi({"create_server": Script(seconds=100, hostname="vs1")})
    creates = plan(*(step(f"s{n}/create") for n in range(35)))
    done = run(creates, api, options=ApplyOptions(parallelism=100))
    assert done.result.done == 35
    assert api.most_creates == 10


def test_the_parallelism_bounds_all_steps_and_is_used_up() -> None:
    api = ScriptedApi()
    done = run(
        plan(*(step(f"s{n}/memory") for n in range(30))), api, options=ApplyOptions(parallelism=7)
    )
    assert done.result.done == 30
    assert api.most_running == 7


def test_two_hundred_servers_take_hardly_longer_than_the_longest_chain() -> None:
    steps = []
    for n in range(200):
        steps += [
            step(f"s{n}/shutdown"),
            step(f"s{n}/memory", needs=(f"s{n}/shutdown",)),
            step(f"s{n}/cores", needs=(f"s{n}/shutdown",)),
            step(f"s{n}/start", needs=(f"s{n}/cores",), closes=f"s{n}/shutdown"),
            step(f"s{n}/notes"),
        ]
    api = ScriptedApi(
        {
            "change_server_state": Script(seconds=30, answer_takes=0.2),
            "resize_server_memory": Script(seconds=240, answer_takes=0.2),
            "resize_server_cores": Script(seconds=45, answer_takes=0.2),
            "set_server_notes": Script(answer_takes=0.2),
        }
    )
    done = run(plan(*steps), api, options=ApplyOptions(parallelism=200))
    longest = 30 + 240 + 45 + 30 + 5 * 0.2
    assert done.result.done == 1000
    assert done.seconds <= 1.15 * longest


def test_creates_keep_their_ten_places_busy() -> None:
    api = ScriptedApi({"create_server": Script(seconds=60, hostname="vs1", answer_takes=0.2)})
    done = run(
        plan(*(step(f"s{n}/create") for n in range(200))),
        api,
        options=ApplyOptions(parallelism=100),
    )
    assert done.seconds <= 1.15 * 20 * 60.2


def test_a_step_starts_while_what_has_ended_only_has_to_show_yet() -> None:
    class Late(ScriptedApi):
        """Its lists show a server half a minute after its create has ended."""

        async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
            shown = (
                LiveServer(id=n, hostname=f"vs{n}", tags=build_tags("web", f"s{n}"))
                for n, task in enumerate(self.tasks.values())
                if self._now() >= task.start + 60 + 30
            )
            return tuple(shown)

    api = Late({"create_server": Script(seconds=60)})
    creates = plan(*(step(f"s{n}/create") for n in range(30)))
    done = run(creates, api, options=ApplyOptions(parallelism=10), is_confirmed=True)
    assert done.result.done == 30
    assert api.most_creates == 10
    assert done.seconds <= 1.1 * (3 * 60 + 30)


def test_what_does_not_show_keeps_more_than_one_wave_of_creates_from_being_sent() -> None:
    """A list that shows nothing of what is created is not trusted for long."""
    api = ScriptedApi({"create_server": Script(seconds=60, hostname="vs1")})
    creates = plan(*(step(f"s{n}/create") for n in range(60)))
    options = ApplyOptions(parallelism=10, grace_s=600)
    run(creates, api, options=options, is_confirmed=True, stop_at=500)
    assert len(api.sent) == 20


def test_a_long_chain_at_the_plans_end_starts_early() -> None:
    short = [step(f"s{n}/memory") for n in range(20)]
    chain = [step("c0/memory")]
    chain += [step(f"c{n}/memory", needs=(f"c{n - 1}/memory",)) for n in range(1, 10)]
    api = ScriptedApi()
    done = run(plan(*short, *chain), api, options=ApplyOptions(parallelism=3))
    assert done.seconds <= 1.15 * 60 * 10


def test_ten_thousand_servers_with_two_changes_each_are_done_in_order() -> None:
    api = ScriptedApi()
    steps = [
        one
        for n in range(10_000)
        for one in (step(f"s{n}/notes"), step(f"t{n}/notes", needs=(f"s{n}/notes",)))
    ]
    done = run(plan(*steps), api, options=ApplyOptions(parallelism=50))
    assert (done.result.done, len(api.sent)) == (20_000, 20_000)
    order = {sent.path: place for place, sent in enumerate(api.sent)}
    notes = "/ccloud/servers/vs-{}/notes"
    assert all(order[notes.format(f"s{n}")] < order[notes.format(f"t{n}")] for n in range(10_000))
