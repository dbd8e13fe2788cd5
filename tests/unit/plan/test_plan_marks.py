"""What marks of a live server do to its plan: held, gone, retried, accepted, built anew."""

from typing import Any

import pytest

from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import Lifecycle, ServerSpec
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.ownership import (
    digest_value,
    is_mark,
    read_marks,
    untaken_tag,
)
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.diff.marks import HELD_NOTE, build_untaken_tag
from tests.support.builders import (
    COMPLETE,
    account,
    errors,
    live,
    plan,
    spec,
    stack,
)
from tests.support.reads import parts

OWN = ["server:web", "stack:shop"]
LATER = "0123abcd"


def marked(desired: ServerSpec, *fields: str, **facts: Any) -> Any:
    """The live server of this entry, marked with what the entry says of these fields."""
    tags = tuple(tag for f in fields if (tag := build_untaken_tag(desired, f)) is not None)
    assert len(tags) == len(fields)
    return live(key=desired.key, tags=(*facts.pop("tags", ()), *tags), **facts)


class TestSpelling:
    def test_the_digest_is_of_canonical_json_and_has_eight_digits(self) -> None:
        assert digest_value({"b": 1, "a": [2]}) == digest_value({"a": [2], "b": 1})
        assert len(digest_value("x")) == 8
        assert digest_value("x") != digest_value("y")
        assert untaken_tag("notes", "x") == f"untaken:notes-{digest_value('x')}"

    def test_a_mark_counts_in_whatever_spelling_the_platform_keeps_it(self) -> None:
        marks = read_marks(("Incomplete", "UNTAKEN:notes-0123ABCD", "web"))
        assert marks.is_incomplete
        assert [(m.field, m.digest, m.tag) for m in marks.untaken] == [
            ("notes", "0123abcd", "UNTAKEN:notes-0123ABCD")
        ]

    def test_a_server_that_is_marked_again_is_no_longer_accepted(self) -> None:
        assert read_marks(("incomplete:accepted",)).is_accepted
        assert not read_marks(("incomplete:accepted", "incomplete")).is_accepted

    @pytest.mark.parametrize("tag", ["untaken:notes", "untaken:notes-1f", "untaken:-0123abcd"])
    def test_what_only_begins_like_a_mark_is_none_of_this_version(self, tag: str) -> None:
        assert not is_mark(tag)

    def test_a_secret_never_gets_a_digest(self) -> None:
        assert build_untaken_tag(spec(password={"env": "CCLOUD_SECRET_WEB"}), "password") is None


class TestIncomplete:
    def test_it_is_not_compared_held_and_names_the_ways_out(self) -> None:
        desired = stack(spec(cores=8, notes="x"))
        built, _ = plan(desired, account(live(key="web", tags=("incomplete",))))
        (server,), (held,) = built.servers, built.held
        assert (server.action, server.changes, server.steps) == (Action.NOT_COMPARED, (), ())
        assert server.why == "the build of vs10001 failed"
        assert held.severity is Severity.HELD
        assert (held.code, held.where) == ("build-failed", "servers.web")
        for way_out in ("--replace web", "--accept web", "--exclude web"):
            assert way_out in held.hint

    def test_nothing_is_read_of_it(self) -> None:
        lives = account(live(key="web", tags=("incomplete",)))
        assert parts(stack(spec(power="running", disks=[50])), lives) == {}

    def test_what_depends_on_it_waits_and_is_left_out_with_it(self) -> None:
        desired = stack(
            spec("db", **COMPLETE),
            spec("web", **COMPLETE, depends_on=("db",)),
            spec("mail", **COMPLETE),
        )
        lives = account(live(key="db", tags=("incomplete",)))
        assert plan(desired, lives)[0].held
        assert plan(desired, lives, target=("web",))[0].held
        built, _ = plan(desired, lives, exclude=("db",))
        assert built.held == ()
        assert [step.server for step in built.steps] == ["mail"]

    def test_accept_takes_the_tag_away_and_compares_as_usual(self) -> None:
        lives = account(live(key="web", tags=("incomplete", "theirs")))
        built, _ = plan(stack(spec(cores=8)), lives, accept=("web",))
        assert built.held == ()
        assert built.servers[0].action is Action.UPDATE
        assert [step.id for step in built.steps] == ["web/tags", "web/cores"]
        assert built.steps[0].body == {"tags": ["incomplete:accepted", *OWN, "theirs"]}

    def test_an_accepted_one_is_compared_and_keeps_its_mark(self) -> None:
        lives = account(live(key="web", tags=("incomplete:accepted",)))
        assert plan(stack(spec(tags=[])), lives)[0].steps == ()
        assert plan(stack(spec(tags=[])), lives, accept=("*",))[0].steps == ()

    def test_replace_builds_it_anew_without_a_mark_and_is_guarded(self) -> None:
        desired = stack(spec(**COMPLETE))
        lives = account(live(key="web", tags=("incomplete",)))
        built, _ = plan(desired, lives, replace=("web",))
        assert built.held == ()
        assert [step.id for step in built.steps] == ["web/destroy", "web/create"]
        assert built.steps[1].body["tags"] == OWN
        assert built.servers[0].action is Action.REPLACE
        assert {change.field for change in built.servers[0].changes} >= {"cores", "pool"}
        assert plan(desired, lives, replace=("web",), allow_destroy=0)[0].held

    def test_replace_of_a_protected_one_is_held(self) -> None:
        lifecycle = Lifecycle(prevent_destroy=True)
        desired = stack(spec(**COMPLETE, lifecycle=lifecycle))
        lives = account(live(key="web", tags=("incomplete",), is_protected=True))
        (held,) = plan(desired, lives, replace=("web",))[0].held
        assert held.code == "prevent-destroy"

    def test_one_that_left_the_file_is_destroyed_as_any(self) -> None:
        lives = account(live(2, key="old", tags=("incomplete",)), live(key="web"))
        built, _ = plan(stack(spec()), lives)
        assert built.held == ()
        assert [step.id for step in built.steps] == ["old/destroy"]

    def test_the_whole_stack_is_destroyed_as_any(self) -> None:
        lives = account(live(key="web", tags=("incomplete",)))
        built, _ = plan(stack(spec()), lives, is_destroy=True)
        assert (built.held, [step.id for step in built.steps]) == ((), ["web/destroy"])

    def test_who_adopts_one_takes_it_as_it_is(self) -> None:
        lives = account(live(tags=("incomplete", "theirs")))
        built, _ = plan(stack(spec(hostname="vs10001")), lives)
        assert (built.held, built.servers[0].action) == ((), Action.ADOPT)
        assert built.steps[0].body == {"tags": ["incomplete:accepted", *OWN, "theirs"]}


class TestReplace:
    def test_any_server_can_be_built_anew(self) -> None:
        built, _ = plan(stack(spec(**COMPLETE)), account(live(key="web")), replace=("web",))
        assert [step.id for step in built.steps] == ["web/destroy", "web/create"]
        assert "vs10001 is built again because of --replace" in built.servers[0].warnings

    def test_its_snapshots_are_read_as_they_go_with_it(self) -> None:
        desired, lives = stack(spec(**COMPLETE)), account(live(key="web", tags=("incomplete",)))
        assert parts(desired, lives, replace=("web",)) == {"vs10001": {"list_server_snapshots"}}

    def test_a_server_that_is_not_ours_yet_is_never_destroyed(self) -> None:
        desired = stack(spec(hostname="vs10001", **COMPLETE))
        found = errors(desired, account(live()), replace=("web",))
        assert "replace-unowned" in {d.code for d in found}

    def test_a_key_that_names_nothing_is_an_error_and_a_glob_of_what_may_be_there_is_none(
        self,
    ) -> None:
        lives = account(live(key="web"))
        for asked in ("replace", "accept", "retry"):
            (found,) = errors(stack(spec()), lives, **{asked: ("wbe",)})
            assert (found.where, found.code) == (f"--{asked}", "no-such-server")
        assert plan(stack(spec()), lives, accept=("x*",), retry=("x*",))[0].steps == ()
        assert errors(stack(spec()), lives, replace=("x*",))


class TestUntaken:
    def test_the_change_is_shown_without_a_step_and_holds_the_plan(self) -> None:
        desired = spec(notes="new", cores=8)
        built, _ = plan(stack(desired), account(marked(desired, "notes", notes="old")))
        (held,) = built.held
        assert (held.code, held.where) == ("change-untaken", "servers.web.notes")
        assert 'notes of vs10001 is "old", and the file says "new"' in held.what
        assert "--retry web" in held.hint
        assert "--exclude web" in held.hint
        assert [step.id for step in built.steps] == ["web/cores"]
        (notes,) = [c for c in built.servers[0].changes if c.field == "notes"]
        assert (notes.before, notes.after, notes.note) == ("old", "new", HELD_NOTE)

    def test_it_is_not_unchanged_although_nothing_would_be_done(self) -> None:
        desired = spec(notes="new")
        built, _ = plan(stack(desired), account(marked(desired, "notes", notes="old")))
        assert built.steps == ()
        assert built.servers[0].action is Action.UPDATE
        assert not built.matches

    def test_exclude_goes_on_without_it(self) -> None:
        desired = spec(notes="new")
        lives = account(marked(desired, "notes", notes="old"), live(2, key="db"))
        built, _ = plan(stack(desired, spec("db", cores=8)), lives, exclude=("web",))
        assert (built.held, [step.id for step in built.steps]) == ((), ["db/cores"])

    @pytest.mark.parametrize(
        ("says", "live_notes"),
        [
            pytest.param({"notes": "newer"}, "old", id="the file says something else"),
            pytest.param({"notes": "new"}, "new", id="the live value is right"),
            pytest.param({}, "old", id="the field is no longer declared"),
            pytest.param(
                {"notes": "new", "lifecycle": Lifecycle(ignore_changes=ignoring("notes"))},
                "old",
                id="the field is ignored",
            ),
        ],
    )
    def test_the_mark_goes(self, says: dict[str, Any], live_notes: str) -> None:
        was = marked(spec(notes="new"), "notes", notes=live_notes, tags=("theirs",))
        built, _ = plan(stack(spec(**says)), account(was))
        assert built.held == ()
        assert built.steps[0].body == {"tags": [*OWN, "theirs"]}
        changed = {change.field for change in built.servers[0].changes}
        assert changed == ({"tags", "notes"} if says.get("notes") == "newer" else {"tags"})

    def test_of_two_marks_of_a_field_the_one_of_another_value_goes(self) -> None:
        desired = spec(notes="new")
        earlier = build_untaken_tag(spec(notes="other"), "notes")
        assert earlier is not None
        was = marked(desired, "notes", notes="old", tags=(earlier,))
        built, _ = plan(stack(desired), account(was))
        (tags,) = [change for change in built.servers[0].changes if change.field == "tags"]
        assert set(tags.before) - set(tags.after) == {earlier}
        assert [held.code for held in built.held] == ["change-untaken"]

    def test_retry_plans_the_change_again_and_takes_the_mark_away(self) -> None:
        desired = spec(notes="new")
        lives = account(marked(desired, "notes", notes="old"))
        built, _ = plan(stack(desired), lives, retry=("*",))
        assert built.held == ()
        assert [step.id for step in built.steps] == ["web/tags", "web/notes"]
        assert built.steps[0].body == {"tags": OWN}

    @pytest.mark.parametrize("wish", ["error", "replace"])
    def test_a_field_of_the_create_request_neither_replaces_nor_is_an_error(
        self, wish: Any
    ) -> None:
        lifecycle = Lifecycle(on_create_only_change=wish)
        desired = spec(**COMPLETE, description="a long text", lifecycle=lifecycle)
        was = marked(desired, "description", description="another one", snapshots=())
        built, _ = plan(stack(desired), account(was))
        assert (built.steps, [held.code for held in built.held]) == ((), ["change-untaken"])
        assert built.servers[0].action is Action.UPDATE
        assert built.summary["destroys_data"] == 0

    def test_nothing_is_reinstalled_because_of_it(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="redeploy")
        desired = spec(**{**COMPLETE, "image": "rocky9_uefi"}, lifecycle=lifecycle)
        built, _ = plan(stack(desired), account(marked(desired, "image")))
        assert (built.steps, built.servers[0].action) == ((), Action.UPDATE)

    def test_what_replaces_the_server_for_another_reason_starts_without_marks(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="replace")
        desired = spec(**{**COMPLETE, "pool": "pool_x"}, notes="new", lifecycle=lifecycle)
        was = marked(desired, "notes", notes="old", snapshots=())
        built, _ = plan(stack(desired), account(was))
        assert built.held == ()
        assert [step.id for step in built.steps] == ["web/destroy", "web/create", "web/notes"]
        assert built.steps[1].body["tags"] == OWN
        assert {change.note for change in built.servers[0].changes} == {""}

    def test_who_asks_to_replace_the_server_asks_for_what_did_not_take_too(self) -> None:
        desired = spec(**COMPLETE, notes="new", tags=["mine"])
        was = marked(desired, "notes", "tags", notes="old", snapshots=())
        built, _ = plan(stack(desired), account(was), replace=("web",))
        assert built.held == ()
        assert [step.id for step in built.steps] == ["web/destroy", "web/create", "web/notes"]
        assert {change.note for change in built.servers[0].changes} == {""}

    def test_a_deleted_disk_that_stays_is_not_deleted_again_and_destroys_nothing(self) -> None:
        desired = spec(disks=[50])
        built, _ = plan(stack(desired), account(marked(desired, "disks", disks=(50, 20))))
        assert (built.steps, len(built.held)) == ((), 1)
        assert not built.servers[0].loses_data

    def test_tags_that_do_not_take_are_held_while_ownership_is_kept(self) -> None:
        lifecycle = Lifecycle(prevent_destroy=True)
        desired = spec(tags=["mine"], lifecycle=lifecycle)
        mark = build_untaken_tag(desired, "tags")
        assert mark is not None
        built, _ = plan(stack(desired), account(live(key="web", tags=("theirs", mark))))
        assert [held.where for held in built.held] == ["servers.web.tags"]
        assert 'is ["theirs"], and the file says ["mine"]' in built.held[0].what
        assert built.steps[0].body == {"tags": ["prevent-destroy", *OWN, "theirs", mark]}

    def test_tags_that_do_not_take_are_shown_where_nothing_else_is_to_be_set(self) -> None:
        desired = spec(tags=["mine"])
        built, _ = plan(stack(desired), account(marked(desired, "tags", tags=("theirs",))))
        assert (built.steps, len(built.held)) == ((), 1)
        (change,) = built.servers[0].changes
        assert (change.before, change.after, change.note) == (["theirs"], ["mine"], HELD_NOTE)

    def test_a_field_that_cannot_be_compared_keeps_its_mark_and_holds_nothing(self) -> None:
        desired = spec(image="debian12_uefi")
        was = marked(desired, "image", os_name="an unknown system")
        built, _ = plan(stack(desired), account(was))
        assert (built.steps, built.held) == ((), ())

    def test_a_mark_of_a_field_that_this_version_does_not_know_stays(self) -> None:
        lives = account(live(key="web", tags=(f"untaken:firewall-{LATER}",)))
        assert plan(stack(spec()), lives)[0].steps == ()

    def test_two_marks_of_one_server_hold_both_fields(self) -> None:
        desired = spec(notes="new", cores=8)
        built, _ = plan(stack(desired), account(marked(desired, "notes", "cores", notes="old")))
        assert {held.where for held in built.held} == {"servers.web.notes", "servers.web.cores"}
        assert built.steps == ()
