"""A mirror that a killed process or a bad disk has left behind: the source goes on by itself."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.fleet.sources.git import Git
from tests.support.fleet_sources import ENVIRONMENT, Fleet, Repository, make_fleet
from tests.support.git import run_git
from tests.support.stores import Store


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "repo")
    found.write_stack("customers/a/web.yaml", "web")
    found.write_stack("customers/a/db.yaml", "db")
    found.commit()
    return found


def mirror_of(fleet: Fleet) -> Path:
    return fleet.work_dir / "sources" / "repo" / "mirror.git"


def spoil_lock(mirror: Path) -> None:
    (mirror / "refs/fleet/head.lock").touch()


def spoil_config_lock(mirror: Path) -> None:
    (mirror / "config.lock").touch()


def spoil_config(mirror: Path) -> None:
    (mirror / "config").write_text("[core\n")


def spoil_head(mirror: Path) -> None:
    (mirror / "HEAD").write_text("")


def spoil_ref(mirror: Path) -> None:
    (mirror / "refs/fleet/head").write_text("")


def spoil_objects(mirror: Path) -> None:
    for file in (mirror / "objects").rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(b"")


@pytest.mark.parametrize(
    "spoil",
    [spoil_lock, spoil_config_lock, spoil_config, spoil_head, spoil_ref, spoil_objects],
)
def test_a_mirror_that_is_locked_or_damaged_is_made_anew(
    repository: Repository, sqlite_store: Store, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    fleet = make_fleet(sqlite_store, tmp_path)

    async def test() -> None:
        await fleet.poll()
        await fleet.settle()
        spoil(mirror_of(fleet))
        repository.write_stack("customers/a/web.yaml", "web", cores=4)
        commit = repository.commit()
        polled = await fleet.poll()
        assert (polled.commit, polled.due, polled.error) == (commit, 1, None)
        assert not mirror_of(fleet).with_name("mirror.new").exists()

    fleet.run(test)


def test_a_file_that_the_mirror_has_lost_is_fetched_again_by_the_next_poll(
    repository: Repository, sqlite_store: Store, tmp_path: Path
) -> None:
    fleet = make_fleet(sqlite_store, tmp_path)

    async def test() -> None:
        await fleet.poll()
        mirror = mirror_of(fleet)
        blob = run_git(repository.folder, "rev-parse", "HEAD:customers/a/db.yaml")
        for pack in (mirror / "objects/pack").glob("*"):
            pack.unlink()
        lost = mirror / "objects" / blob[:2] / blob[2:]
        if lost.exists():
            lost.chmod(0o600)
            lost.unlink()
        repository.write_stack("customers/a/web.yaml", "web", cores=4)
        commit = repository.commit()
        first = await fleet.poll()
        assert "damaged" in first.hint
        polled = await fleet.poll()
        assert (polled.commit, polled.error) == (commit, None)

    fleet.run(test)


def test_a_mirror_that_cannot_be_replaced_stays_and_the_first_error_is_told(
    repository: Repository, sqlite_store: Store, tmp_path: Path
) -> None:
    fleet = make_fleet(sqlite_store, tmp_path)

    async def test() -> None:
        await fleet.poll()
        shutil.rmtree(repository.folder / ".git" / "objects")
        polled = await fleet.poll()
        assert polled.error is not None
        assert (mirror_of(fleet) / "refs/fleet/head").exists()
        assert not mirror_of(fleet).with_name("mirror.new").exists()

    fleet.run(test)


def test_a_host_that_is_not_there_is_asked_once(
    repository: Repository, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = make_fleet(sqlite_store, tmp_path)
    asked: list[str] = []
    ask = Git.ask

    async def count(git: Git, *arguments: str, **more: Any) -> bytes:
        asked.extend({"fetch"}.intersection(arguments))
        return await ask(git, *arguments, **more)

    async def test() -> None:
        await fleet.poll()
        repository.folder.rename(tmp_path / "away")
        monkeypatch.setattr(Git, "ask", count)
        polled = await fleet.poll()
        assert polled.hint == "look at the address, and at what the worker may read there"
        assert asked == ["fetch"]

    fleet.run(test)


def test_a_mirror_that_is_none_does_not_become_part_of_a_repository_above_it(
    repository: Repository, sqlite_store: Store, tmp_path: Path
) -> None:
    fleet = make_fleet(sqlite_store, tmp_path)
    run_git(tmp_path, "init", "--quiet")

    async def test() -> None:
        await fleet.poll()
        spoil_head(mirror_of(fleet))
        repository.commit()
        assert (await fleet.poll()).error is None
        assert not (tmp_path / ".git" / "refs" / "fleet").exists()

    fleet.run(test)


def test_the_settings_of_the_workers_user_do_not_stop_a_fetch(
    repository: Repository, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text(
        "[safe]\n  bareRepository = explicit\n[fetch]\n  recurseSubmodules = true\n  prune = true\n"
        "[gc]\n  auto = 1\n[color]\n  ui = always\n[log]\n  showSignature = true\n"
    )
    fleet = make_fleet(sqlite_store, tmp_path)
    monkeypatch.setitem(ENVIRONMENT, "HOME", str(tmp_path))

    async def test() -> None:
        for cores in (2, 4):
            repository.write_stack("customers/a/web.yaml", "web", cores=cores)
            commit = repository.commit()
            polled = await fleet.poll()
            assert (polled.commit, polled.error) == (commit, None)

    fleet.run(test)


def test_a_shallow_repository_is_fetched(
    repository: Repository, sqlite_store: Store, tmp_path: Path
) -> None:
    commit = repository.commit()
    source = f"file://{repository.folder}"
    run_git(tmp_path, "clone", "--quiet", "--depth", "1", source, str(tmp_path / "shallow"))
    fleet = make_fleet(sqlite_store, tmp_path)
    fleet.text = fleet.text.replace("git: repo", "name: repo, git: shallow")

    async def test() -> None:
        polled = await fleet.poll()
        assert (polled.commit, polled.due, polled.error) == (commit, 2, None)

    fleet.run(test)
