"""Polls of a repository: what becomes due, what stops, what is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.fleet.store.database import Transaction
from tests.support.fleet_sources import Repository, make_fleet, spell_stack
from tests.support.stores import Store


def test_each_stack_becomes_due_once_and_only_those_that_change_again(
    store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.write_stack("customers/a/db.yaml", "db")
    repository.write_stack("customers/b/deep/web.yaml", "web")
    first = repository.commit()

    async def test() -> None:
        polled = await fleet.poll()
        assert (polled.commit, polled.due, polled.problems, polled.error) == (first, 3, 0, None)
        assert await fleet.due() == ["a/db", "a/web", "b/web"]
        row = await fleet.stack("web")
        assert (row["state"], row["mode"], row["every"], row["cause"]) == (
            "unknown",
            "apply",
            3600,
            "commit",
        )
        await fleet.settle()

        again = await fleet.poll()
        assert (again.commit, again.is_new, again.due) == (first, False, 0)

        repository.write_stack("customers/a/web.yaml", "web", cores=4)
        second = repository.commit()
        assert (await fleet.poll()).due == 1
        assert await fleet.due() == ["a/web"]
        commits = {row["commit_id"] for row in await fleet.rows("select commit_id from stack")}
        assert commits == {second}
        assert (await fleet.stack("db"))["state"] == "clean"

    fleet.run(test)


def test_a_long_path_is_known_at_the_next_poll(sqlite_store: Store, tmp_path: Path) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack(f"customers/a/{'/'.join(['d' * 100] * 6)}/web.yaml", "web")
    repository.commit()

    async def test() -> None:
        assert (await fleet.poll()).is_new
        repository.commit()
        assert not (await fleet.poll()).is_new

    fleet.run(test)


def test_several_pushes_are_one_poll_of_the_newest_commit(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        for cores in (3, 4, 2):
            repository.write_stack("customers/a/web.yaml", "web", cores=cores)
            newest = repository.commit("--allow-empty")
        polled = await fleet.poll()
        assert (polled.commit, polled.due) == (newest, 0)  # it says what it said before

    fleet.run(test)


def test_a_push_that_takes_commits_away_is_followed(sqlite_store: Store, tmp_path: Path) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    first = repository.commit()
    repository.write_stack("customers/a/web.yaml", "web", cores=8)
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        from tests.support.git import run_git

        run_git(repository.folder, "reset", "--hard", "--quiet", first)
        polled = await fleet.poll()
        assert (polled.commit, polled.due) == (first, 1)

    fleet.run(test)


def test_a_name_that_stands_twice_in_an_account_stops_both_and_names_both(
    store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(store, tmp_path)
    repository.write_stack("customers/a/one.yaml", "web")
    repository.write_stack("customers/b/one.yaml", "web")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        repository.write_stack("customers/a/two.yaml", "web", cores=4)
        repository.commit()
        await fleet.poll()
        row = await fleet.stack("web")
        assert row["state"] == "failing"
        assert "customers/a/one.yaml" in row["problem"]
        assert "customers/a/two.yaml" in row["problem"]
        assert [path for path, _, _ in await fleet.problems()] == [
            "customers/a/one.yaml",
            "customers/a/two.yaml",
        ]
        assert (await fleet.stack("web", "b"))["problem"] is None

        repository.remove("customers/a/one.yaml")
        repository.commit()
        await fleet.poll()
        row = await fleet.stack("web")
        assert (row["problem"], row["path"], row["state"]) == (
            None,
            "customers/a/two.yaml",
            "unknown",
        )
        assert await fleet.due() == ["a/web"]
        assert await fleet.problems() == []

    fleet.run(test)


def test_a_name_that_two_sources_give_stops_both(sqlite_store: Store, tmp_path: Path) -> None:
    one, two = Repository(tmp_path / "one"), Repository(tmp_path / "two")
    one.write_stack("web.yaml", "web")
    two.write_stack("other.yaml", "web")
    one.commit()
    two.commit()
    sources = "{git: one, account: a, ref: main}, {git: two, account: a, ref: main}"
    fleet = make_fleet(sqlite_store, tmp_path, source=sources)

    async def test() -> None:
        await fleet.poll("one")
        await fleet.poll("two")
        problem = (await fleet.stack("web"))["problem"]
        assert "web.yaml of one" in problem
        assert "other.yaml of two" in problem
        two.write_stack("other.yaml", "db")
        two.commit()
        await fleet.poll("two")
        assert (await fleet.stack("web"))["problem"] is None
        assert await fleet.problems() == []
        assert await fleet.due() == ["a/db", "a/web"]

    fleet.run(test)


def test_a_stack_that_moves_to_another_source_is_not_told_as_gone(
    store: Store, tmp_path: Path
) -> None:
    one, two = Repository(tmp_path / "one"), Repository(tmp_path / "two")
    one.write_stack("web.yaml", "web")
    one.commit()
    two.commit()
    sources = "{git: one, account: a, ref: main}, {git: two, account: a, ref: main}"
    fleet = make_fleet(store, tmp_path, source=sources)

    async def test() -> None:
        await fleet.poll("one")
        one.remove("web.yaml")
        one.commit()
        await fleet.poll("one")
        assert [path for path, _, _ in await fleet.problems()] == ["web.yaml"]
        two.write_stack("moved.yaml", "web")
        two.commit()
        await fleet.poll("two")
        assert await fleet.problems() == []
        assert await fleet.due() == ["a/web"]
        fleet.text = fleet.text.replace("{git: two,", "{name: three, git: two,")
        await fleet.configure()
        assert [path for path, _, _ in await fleet.problems()] == ["moved.yaml"]
        await fleet.poll("three")
        assert await fleet.problems() == []

    fleet.run(test)


def test_a_stack_whose_file_breaks_is_failing_until_it_is_whole_again(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.write_stack("customers/a/db.yaml", "db")
    first = repository.commit()

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        repository.write("customers/a/web.yaml", "stack: web\nservers: {web: {corez: 2}}\n")
        repository.commit()
        polled = await fleet.poll()
        assert (polled.due, polled.problems) == (0, 1)
        row = await fleet.stack("web")
        assert (row["state"], row["commit_id"]) == ("failing", first)
        assert row["why"].startswith("customers/a/web.yaml:2: servers.web.corez: unknown key")
        assert (await fleet.stack("db"))["state"] == "clean"
        ((path, line, what),) = await fleet.problems()
        assert (path, line) == ("customers/a/web.yaml", 2)
        assert "corez" in what

        repository.write_stack("customers/a/web.yaml", "web")
        repository.commit()
        await fleet.poll()
        assert (await fleet.stack("web"))["problem"] is None
        assert await fleet.due() == ["a/web"]
        assert await fleet.problems() == []

    fleet.run(test)


def test_a_stack_whose_file_is_gone_stays_unknown_and_is_told(store: Store, tmp_path: Path) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        repository.remove("customers/a/web.yaml")
        repository.commit()
        await fleet.poll()
        row = await fleet.stack("web")
        assert (row["state"], row["is_declared"]) == ("unknown", 0)
        ((path, _, what),) = await fleet.problems()
        assert path == "customers/a/web.yaml"
        assert "is gone; its servers stay" in what
        repository.write_stack("customers/a/again.yaml", "web")
        repository.commit()
        await fleet.poll()
        assert await fleet.due() == ["a/web"]
        assert await fleet.problems() == []

    fleet.run(test)


def test_a_file_that_is_moved_keeps_its_stack(sqlite_store: Store, tmp_path: Path) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        repository.remove("customers/a/web.yaml")
        repository.write_stack("customers/a/front/web.yaml", "web")
        repository.commit()
        await fleet.poll()
        row = await fleet.stack("web")
        assert (row["path"], row["state"]) == ("customers/a/front/web.yaml", "clean")
        assert await fleet.due() == ["a/web"]

    fleet.run(test)


def test_a_stack_that_is_renamed_leaves_no_row_of_its_old_name(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        text = (repository.folder / "customers/a/web.yaml").read_text()
        text = text.replace("stack: web", "stack: front\nrenamed: {from: web}")
        repository.write("customers/a/web.yaml", text)
        repository.commit()
        await fleet.poll()
        assert [row["name"] for row in await fleet.rows("select name from stack")] == ["front"]
        assert await fleet.problems() == []

    fleet.run(test)


def test_whatever_a_stack_is_made_of_makes_it_due(sqlite_store: Store, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo")
    fleet = make_fleet(
        sqlite_store,
        tmp_path,
        source="{git: repo, ref: main, account: a, env: prod, stacks: [stacks]}",
    )
    repository.write_stack("stacks/plain.yaml", "plain")
    repository.write("shared.yaml", "defaults: {cores: 2}\n")
    repository.write("stacks/cloud-init.yaml", "#cloud-config\n")
    repository.write("env/prod.yaml", "size: 2\n")
    repository.write(
        "ccloud-apply.yaml",
        "project: shop\nenvironments: {prod: {var_files: [env/prod.yaml]}}\n",
    )
    repository.write(
        "stacks/web.yaml",
        "stack: web\nextends: ../shared.yaml\nvariables: {size: null}\nservers:\n"
        "  web: {pool: p, type: unmanaged, image: i, memory: '${var.size}', disks: [50],"
        " user_data: {file: cloud-init.yaml}}\n",
    )
    repository.commit()

    async def change(path: str, text: str) -> list[str]:
        await fleet.settle()
        repository.write(path, text)
        repository.commit()
        await fleet.poll()
        return await fleet.due()

    async def test() -> None:
        assert (await fleet.poll()).error is None
        assert await fleet.problems() == []
        assert await fleet.due() == ["a/plain", "a/web"]
        assert await change("shared.yaml", "defaults: {cores: 4}\n") == ["a/web"]
        assert await change("stacks/cloud-init.yaml", "#cloud-config\nx: 1\n") == ["a/web"]
        assert await change("env/prod.yaml", "size: 8\n") == ["a/plain", "a/web"]
        assert await change("stacks/readme.yaml", "nothing: here\n") == []
        # One that was not there before counts for the stacks below it alone.
        project = (repository.folder / "ccloud-apply.yaml").read_text()
        assert await change("stacks/ccloud-apply.yaml", project.replace("shop", "b").replace(
            "env/prod", "prod")) == []  # fmt: skip
        told = {path: what for path, _, what in await fleet.problems()}
        assert set(told) == {"stacks/plain.yaml", "stacks/web.yaml"}
        assert all("ccloud-apply.yaml" in what for what in told.values())

    fleet.run(test)


def test_a_file_that_another_stack_extends_is_no_stack_of_its_own(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository = Repository(tmp_path / "repo")
    fleet = make_fleet(sqlite_store, tmp_path, source="{git: repo, ref: main, account: a}")
    repository.write_stack("base.yaml", "base")
    repository.write_stack("web.yaml", "web")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        assert await fleet.due() == ["a/base", "a/web"]
        repository.write(
            "web.yaml",
            "stack: web\nservers:\n  web: {pool: p, type: unmanaged, image: i, cores: 1, memory: 1,"
            " disks: [50], user_data: {file: base.yaml}}\n",
        )
        repository.commit()
        await fleet.poll()
        assert (await fleet.stack("base"))["is_declared"] == 0
        repository.write_stack("web.yaml", "web")
        repository.commit()
        await fleet.poll()
        assert (await fleet.stack("base"))["is_declared"] == 1

    fleet.run(test)


def test_a_file_takes_no_stack_out_of_another_account(sqlite_store: Store, tmp_path: Path) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.write("customers/b/db.yaml", "extends: ../a/web.yaml\n" + spell_stack("db"))
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        assert await fleet.due() == ["a/web"]
        ((path, _, what),) = await fleet.problems()
        assert path == "customers/b/db.yaml"
        assert "is outside of the folder customers/b " in what

    fleet.run(test)


def test_stacks_that_extend_each_other_are_told_and_stay_declared(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.write_stack("customers/a/db.yaml", "db")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        repository.write("customers/a/web.yaml", "extends: db.yaml\n" + spell_stack("web"))
        repository.write("customers/a/db.yaml", "extends: web.yaml\n" + spell_stack("db"))
        repository.commit()
        await fleet.poll()
        for name in ("web", "db"):
            row = await fleet.stack(name)
            assert (row["is_declared"], row["state"]) == (1, "failing")
            assert "extend each other" in row["problem"]

    fleet.run(test)


def test_a_folder_of_an_account_that_is_not_configured_is_told(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/zoo/web.yaml", "web")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        ((path, _, what),) = await fleet.problems()
        assert path == "customers/zoo/web.yaml"
        assert "account zoo" in what
        fleet.text = fleet.text.replace("a: {", "zoo: {endpoint: sandbox}, a: {")
        await fleet.configure()
        await fleet.poll()
        assert await fleet.due() == ["zoo/web"]

    fleet.run(test)


def test_a_source_that_cannot_be_fetched_keeps_its_stacks_and_is_tried_less_often(
    store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.commit()

    async def due_in() -> float:
        (row,) = await fleet.rows("select due - {now} as due_in from source")
        return float(row["due_in"])

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        (before,) = await fleet.rows("select due - polled_at as due_in from source")
        assert before["due_in"] == pytest.approx(300, abs=30)
        repository.folder.rename(tmp_path / "away")
        polled = await fleet.poll()
        assert polled.error is not None
        assert "git fetch failed" in polled.error
        first = await due_in()
        await fleet.poll()
        second = await due_in()
        assert first < 35 < second < 90
        (row,) = await fleet.rows("select error, failures from source")
        assert row["failures"] == 2
        assert (await fleet.stack("web"))["state"] == "clean"
        (tmp_path / "away").rename(repository.folder)
        assert (await fleet.poll()).error is None
        (row,) = await fleet.rows("select error, failures from source")
        assert (row["error"], row["failures"]) == (None, 0)

    fleet.run(test)


@pytest.mark.parametrize("dies_at", range(4))
def test_a_poll_that_dies_is_done_by_the_next_one(
    sqlite_store: Store, tmp_path: Path, dies_at: int
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.write_stack("customers/a/db.yaml", "db")
    repository.commit()
    writes = iter(range(100))

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        repository.write_stack("customers/a/web.yaml", "web", cores=8)
        repository.remove("customers/a/db.yaml")
        repository.write_stack("customers/b/new.yaml", "new")
        repository.commit()

        @asynccontextmanager
        async def write() -> AsyncIterator[Transaction]:
            if next(writes) == dies_at:
                raise ZeroDivisionError
            assert fleet.database is not None
            async with fleet.database.write() as tx:
                yield tx

        try:
            await fleet.poll(write=write)
        except ZeroDivisionError:
            await fleet.poll()
        assert await fleet.due() == ["a/web", "b/new"]
        assert (await fleet.stack("db"))["is_declared"] == 0

    fleet.run(test)


def test_a_herd_of_files_is_read_once(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccloud_apply.fleet.sources.scan._AT_ONCE", 20)
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    for number in range(45):
        repository.write_stack(f"customers/a/s{number}.yaml", f"s{number}")
    repository.commit()

    async def test() -> None:
        assert (await fleet.poll()).due == 45
        await fleet.settle()
        repository.write_stack("customers/a/s7.yaml", "s7", cores=4)
        repository.commit()
        polled = await fleet.poll()
        assert (polled.loaded, polled.due) == (1, 1)

    fleet.run(test)


def test_a_source_that_fleet_yaml_does_not_have_any_more_leaves_its_stacks_alone(
    store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.commit()
    (tmp_path / "other").mkdir()

    async def test() -> None:
        await fleet.poll()
        fleet.text = "accounts: {a: {endpoint: sandbox}}\nsources: [{folder: other}]\n"
        await fleet.configure()
        row = await fleet.stack("web")
        assert (row["state"], row["is_declared"]) == ("unknown", 0)
        sources = await fleet.rows("select name, is_configured from source order by name")
        assert [(one["name"], one["is_configured"]) for one in sources] == [
            ("other", 1),
            ("repo", 0),
        ]

    fleet.run(test)


def test_a_file_that_cannot_be_read_stops_no_other_stack_of_its_folder(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Repository(tmp_path / "local")
    files.write_stack("web.yaml", "web")
    files.write_stack("db.yaml", "db")
    fleet = make_fleet(sqlite_store, tmp_path, source="{folder: local, account: a}")
    opened = Path.open

    def refuse(path: Path, *args: Any, **more: Any) -> Any:
        if path.name == "db.yaml":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **more)

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        monkeypatch.setattr(Path, "open", refuse)
        files.write_stack("web.yaml", "web", cores=4)
        assert (await fleet.poll()).error is None
        assert await fleet.due() == ["a/web"]
        assert "cannot be read: Permission denied" in (await fleet.stack("db"))["problem"]

    fleet.run(test)


def test_a_start_with_the_same_file_moves_no_due_time_and_notes_nothing(
    store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.commit()
    tables = "select due, cause from stack"

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        dues = await fleet.rows("select due from source")
        before = await fleet.rows(tables)
        audits = await fleet.rows("select what, who from audit")
        assert [(one["what"], one["who"]) for one in audits] == [("configure", "ann@desk")]
        await fleet.configure()
        assert await fleet.rows(tables) == before
        assert await fleet.rows("select due from source") == dues
        assert len(await fleet.rows("select id from audit")) == 1

        fleet.text = fleet.text.replace("mode: apply", "mode: propose")
        await fleet.configure()
        row = await fleet.stack("web")
        assert (row["mode"], row["state"]) == ("propose", "clean")
        assert row["due"] < before[0]["due"] + 3600

    fleet.run(test)


def test_a_folder_is_polled_like_a_repository(sqlite_store: Store, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "folder")
    fleet = make_fleet(sqlite_store, tmp_path, source="{folder: folder, account: a}")
    repository.write_stack("web.yaml", "web")
    (repository.folder / "secret.yaml").symlink_to("/etc/hostname")

    async def test() -> None:
        polled = await fleet.poll()
        assert (polled.commit, polled.due) == (None, 1)
        ((path, _, what),) = await fleet.problems()
        assert (path, "lead out" in what) == ("secret.yaml", True)
        await fleet.settle()
        assert (await fleet.poll()).due == 0
        repository.write_stack("web.yaml", "web", cores=6)
        assert (await fleet.poll()).due == 1
        repository.folder.rename(tmp_path / "gone")
        assert "there is no folder" in str((await fleet.poll()).error)
        assert (await fleet.stack("web"))["is_declared"] == 1

    fleet.run(test)


def test_a_checkout_that_has_no_place_fails_the_poll_and_no_stack(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    commit = repository.commit()
    place = fleet.work_dir / "sources" / "repo" / "commits" / commit
    place.parent.mkdir(parents=True)
    place.write_text("in the way")

    async def test() -> None:
        assert f"the files of {commit[:12]} cannot be written" in str((await fleet.poll()).error)
        assert await fleet.problems() == []
        place.unlink()
        assert (await fleet.poll()).due == 1

    fleet.run(test)


def test_two_polls_at_the_same_time_of_two_processes_do_not_disturb_each_other(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("customers/a/web.yaml", "web")
    repository.commit()

    async def test() -> None:
        polls = await asyncio.gather(fleet.poll(), fleet.poll())
        assert [one.error for one in polls] == [None, None]
        assert await fleet.due() == ["a/web"]

    fleet.run(test)


def test_a_stack_behind_a_link_changes_with_what_the_link_leads_to(
    sqlite_store: Store, tmp_path: Path
) -> None:
    repository, fleet = Repository(tmp_path / "repo"), make_fleet(sqlite_store, tmp_path)
    repository.write_stack("shared/web.yaml", "web")
    repository.write_stack("customers/b/db.yaml", "db")
    (repository.folder / "customers/a").mkdir()
    (repository.folder / "customers/a/web.yaml").symlink_to("../../shared/web.yaml")
    repository.commit()

    async def test() -> None:
        await fleet.poll()
        assert await fleet.due() == ["a/web", "b/db"]
        await fleet.settle()
        repository.write_stack("shared/web.yaml", "web", cores=8)
        repository.commit()
        await fleet.poll()
        assert await fleet.due() == ["a/web"]

    fleet.run(test)
