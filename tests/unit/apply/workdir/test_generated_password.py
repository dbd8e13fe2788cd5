"""Passwords that are made: strong, private, never over a file, and the same after a broken run."""

import os
import stat
from pathlib import Path

import pytest

from ccloud_apply.apply.workdir.generated_password import (
    LENGTH,
    finish_password,
    generate_password,
    obtain_password,
    require_usable,
)
from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.limits import MIN_PASSWORD_LENGTH

ACCOUNT = ("0123",)


def reference(folder: Path, name: str = "secrets/web.password") -> Reference:
    return Reference("generate", name, str(folder / "stack.yaml"), is_secret=True)


def test_a_password_has_letters_of_both_cases_and_digits_and_nothing_to_escape() -> None:
    for _ in range(500):
        _check(generate_password())


def _check(password: str) -> None:
    assert len(password) == LENGTH >= MIN_PASSWORD_LENGTH
    assert password.isascii()
    assert password.isalnum()
    assert any(map(str.islower, password))
    assert any(map(str.isupper, password))
    assert any(map(str.isdigit, password))


def test_no_two_passwords_are_the_same() -> None:
    assert len({generate_password() for _ in range(1000)}) == 1000


def test_the_file_holds_it_for_its_owner_alone(tmp_path: Path) -> None:
    password = obtain_password(reference(tmp_path), ACCOUNT)
    file = tmp_path / "secrets" / "web.password"
    assert file.read_text() == f"{password}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_an_unfinished_create_uses_it_again_and_a_finished_one_leaves_it_alone(
    tmp_path: Path,
) -> None:
    first = obtain_password(reference(tmp_path), ACCOUNT)
    require_usable(reference(tmp_path), ACCOUNT)
    assert obtain_password(reference(tmp_path), ACCOUNT) == first
    finish_password(reference(tmp_path), ACCOUNT)
    with pytest.raises(UnreadableReferenceError, match="exists already"):
        require_usable(reference(tmp_path), ACCOUNT)
    with pytest.raises(UnreadableReferenceError, match="exists already"):
        obtain_password(reference(tmp_path), ACCOUNT)
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["web.password"]


def test_a_password_that_is_not_whole_was_never_sent_and_is_made_again(tmp_path: Path) -> None:
    obtain_password(reference(tmp_path), ACCOUNT)
    file = tmp_path / "secrets" / "web.password"
    file.write_text("half")
    assert len(obtain_password(reference(tmp_path), ACCOUNT)) == LENGTH
    assert file.read_text() != "half"


@pytest.mark.parametrize("other", ["account", "stack"])
def test_the_password_of_another_account_or_stack_is_never_taken(
    tmp_path: Path, other: str
) -> None:
    obtain_password(reference(tmp_path), ACCOUNT)
    account = ("4567",) if other == "account" else ACCOUNT
    base = str(tmp_path / "other.yaml") if other == "stack" else str(tmp_path / "stack.yaml")
    foreign = Reference("generate", "secrets/web.password", base, is_secret=True)
    for work in (require_usable, obtain_password):
        with pytest.raises(UnreadableReferenceError, match="exists already"):
            work(foreign, account)
    finish_password(foreign, account)  # it is not theirs to finish
    require_usable(reference(tmp_path), ACCOUNT)


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_what_is_there_stays(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "web.password"
    if kind == "file":
        place.write_text("mine")
    elif kind == "link":
        (tmp_path / "target").write_text("mine")
        place.symlink_to(tmp_path / "target")
    else:
        place.mkdir()
    with pytest.raises(UnreadableReferenceError) as caught:
        obtain_password(reference(tmp_path, "web.password"), ACCOUNT)
    assert "mine" not in str(caught.value)
    if kind != "folder":
        assert place.read_text() == "mine"


def test_what_appears_right_before_it_is_made_stays_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "web.password"
    place.write_text("mine")
    with monkeypatch.context() as patch:
        patch.setattr(os.path, "lexists", lambda path: False)
        with pytest.raises(UnreadableReferenceError, match="cannot be made"):
            obtain_password(reference(tmp_path, "web.password"), ACCOUNT)
    with pytest.raises(UnreadableReferenceError, match="exists already"):
        obtain_password(reference(tmp_path, "web.password"), ACCOUNT)
    assert place.read_text() == "mine"


@pytest.mark.parametrize("name", ["../web.password", "/web.password"])
def test_no_file_outside_of_the_stacks_folder_is_made(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "stacks"
    folder.mkdir()
    for work in (require_usable, obtain_password):
        with pytest.raises(UnreadableReferenceError, match="cannot be made"):
            work(reference(folder, name), ACCOUNT)
    assert not (tmp_path / "web.password").exists()


def test_an_account_whose_customer_is_known_by_now_is_the_same(tmp_path: Path) -> None:
    first = obtain_password(reference(tmp_path), ACCOUNT)
    known = ("89ab", *ACCOUNT)
    require_usable(reference(tmp_path), known)
    assert obtain_password(reference(tmp_path), known) == first
    finish_password(reference(tmp_path), known)
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["web.password"]


def test_a_name_that_leaves_no_room_for_the_mark_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    require_usable(reference(tmp_path, "n" * 243), ACCOUNT)
    with pytest.raises(UnreadableReferenceError, match="name is too long"):
        require_usable(reference(tmp_path, "n" * 244), ACCOUNT)
    obtain_password(reference(tmp_path, "n" * 243), ACCOUNT)
