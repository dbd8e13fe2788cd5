"""The door to disk and environment."""

import os
import stat
import traceback
from contextlib import suppress
from pathlib import Path

import pytest

from ccloud_apply import files
from ccloud_apply.errors import UnreadableReferenceError, UsageError
from ccloud_apply.files import (
    MAX_REFERENCE_BYTES,
    MAX_STACK_BYTES,
    create_file,
    find_stack_files,
    look_reference,
    read_stack_file,
    real_path,
    replace_file,
    write_private,
    write_private_bytes,
)
from ccloud_apply.model.declared.reference import Reference


def read_reference(reference: Reference) -> str:
    return files.read_reference(reference, os.environ)


def write(path: Path, text: str = "stack: x\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def file_reference(tmp_path: Path, name: str, *, is_secret: bool = False) -> Reference:
    return Reference("file", name, str(tmp_path / "stack.yaml"), is_secret)


def secret(name: str) -> Reference:
    return Reference("env", name, "stack.yaml", is_secret=True)


# Stack files


def test_a_folder_gives_its_yaml_files_however_deep_in_order_and_nothing_hidden(
    tmp_path: Path,
) -> None:
    for name in ["b.yaml", "a.yml", "deep/er/c.yaml", "d.json", ".hidden.yaml", ".git/e.yaml"]:
        write(tmp_path / name)
    (tmp_path / "folder.yaml").mkdir()
    found = find_stack_files([tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "a.yml",
        "b.yaml",
        "deep/er/c.yaml",
    ]


def test_a_named_file_is_taken_whatever_it_is_called_and_only_once(tmp_path: Path) -> None:
    odd, plain = write(tmp_path / ".odd.txt"), write(tmp_path / "plain.yaml")
    found = find_stack_files([odd, str(odd), plain, tmp_path, tmp_path / "." / "plain.yaml"])
    assert found == (odd, plain)


def test_a_linked_folder_is_not_followed_in_circles(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert find_stack_files([tmp_path]) == (tmp_path / "a.yaml",)


def test_a_path_that_does_not_exist_and_a_folder_without_stacks_are_errors_that_name_them(
    tmp_path: Path,
) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml cannot be read: No such file"):
        find_stack_files([tmp_path / "nowhere.yaml"])
    with pytest.raises(UsageError, match=f"no .* is in the folder {tmp_path}"):
        find_stack_files([tmp_path])
    with pytest.raises(UsageError, match="no stack file is named"):
        find_stack_files([])
    with pytest.raises(UsageError):
        find_stack_files(["\0"])


@pytest.mark.parametrize("name", ["frist.yaml", "First.yaml", "first.yml", "stakcs"])
def test_a_path_that_is_misspelled_is_told_with_the_one_that_exists(
    tmp_path: Path, name: str
) -> None:
    write(tmp_path / "first.yaml", "")
    write(tmp_path / "first.txt", "")
    (tmp_path / "stacks").mkdir()
    with pytest.raises(UsageError) as caught:
        find_stack_files([tmp_path / name])
    meant = "stacks" if name == "stakcs" else "first.yaml"
    assert caught.value.hint == f'did you mean "{tmp_path / meant}"?'


def test_a_path_that_resembles_nothing_is_told_alone(tmp_path: Path) -> None:
    write(tmp_path / "first.yaml", "")
    for name in ("entirely-else", "no-folder/first.yaml", "first.plan"):
        with pytest.raises(UsageError) as caught:
            find_stack_files([tmp_path / name])
        assert not caught.value.hint


def test_a_folder_that_cannot_be_searched_is_an_error_and_not_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.yaml")
    write(tmp_path / "closed" / "b.yaml")
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UsageError, match="closed cannot be searched: Permission denied"):
        find_stack_files([tmp_path])


def test_a_huge_stack_file_is_read_up_to_the_byte_that_shows_it(tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(MAX_STACK_BYTES + 1000)
    assert len(read_stack_file(huge)) == MAX_STACK_BYTES + 1
    assert read_stack_file(write(tmp_path / "small.yaml", "stack: ü\n")) == "stack: ü\n".encode()


def test_a_stack_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_stack_file(tmp_path / "gone.yaml")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_stack_file(tmp_path)


# References to files


def test_a_file_beside_or_below_the_stack_file_is_read(tmp_path: Path) -> None:
    write(tmp_path / "init" / "cloud.yaml", "packages: []\n")
    for name in ["init/cloud.yaml", "init/../init/cloud.yaml", "./init/cloud.yaml"]:
        reference = file_reference(tmp_path, name)
        assert look_reference(reference) is None
        assert read_reference(reference) == "packages: []\n"


def test_a_link_inside_the_tree_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "real.txt", "text")
    (tmp_path / "link.txt").symlink_to("real.txt")
    assert read_reference(file_reference(tmp_path, "link.txt")) == "text"


def bad_references(tmp_path: Path) -> dict[str, Reference]:
    stacks = tmp_path / "stacks"
    write(tmp_path / "outside.txt", "TOP-SECRET")
    write(tmp_path / "stacks-2" / "x.txt", "TOP-SECRET")
    write(stacks / "large.txt", "x" * (MAX_REFERENCE_BYTES + 1))
    (stacks / "link.txt").symlink_to(tmp_path / "outside.txt")
    (stacks / "up").symlink_to(tmp_path, target_is_directory=True)
    (stacks / "loop").symlink_to("loop")
    os.mkfifo(stacks / "pipe")
    names = {
        "absolute": str(tmp_path / "outside.txt"),
        "parent": "../outside.txt",
        "sibling": "../stacks-2/x.txt",
        "link": "link.txt",
        "linked folder": "up/outside.txt",
        "loop": "loop",
        "pipe": "pipe",
        "folder": ".",
        "empty": "",
        "large": "large.txt",
        "missing": "missing.txt",
        "zero byte": "a\0b",
        "below a file": "large.txt/x",
    }
    return {what: file_reference(stacks, name) for what, name in names.items()}


@pytest.mark.parametrize(
    "what",
    [
        "absolute",
        "parent",
        "sibling",
        "link",
        "linked folder",
        "loop",
        "pipe",
        "folder",
        "empty",
        "large",
        "missing",
        "zero byte",
        "below a file",
    ],
)
def test_what_is_no_file_below_the_stack_file_is_refused_by_look_and_by_read(
    tmp_path: Path, what: str
) -> None:
    reference = bad_references(tmp_path)[what]
    problem = look_reference(reference)
    assert problem
    with pytest.raises(UnreadableReferenceError) as caught:
        read_reference(reference)
    assert "TOP-SECRET" not in problem + str(caught.value)


def test_the_largest_file_is_still_read(tmp_path: Path) -> None:
    write(tmp_path / "large.txt", "x" * MAX_REFERENCE_BYTES)
    assert len(read_reference(file_reference(tmp_path, "large.txt"))) == MAX_REFERENCE_BYTES


def test_contents_that_are_no_text_are_refused_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "key.bin").write_bytes(b"TOP-SECRET\xff")
    with pytest.raises(UnreadableReferenceError, match="is not UTF-8 text") as caught:
        read_reference(file_reference(tmp_path, "key.bin", is_secret=True))
    assert "TOP-SECRET" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def test_a_look_tells_contents_that_are_no_text_and_reads_no_secret_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "init.yaml").write_bytes(b"#cloud-config\n\xff")
    assert look_reference(file_reference(tmp_path, "init.yaml")) == "init.yaml is not UTF-8 text"

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    problem = look_reference(file_reference(tmp_path, "init.yaml"))
    assert problem == "init.yaml cannot be read: Permission denied"
    assert look_reference(file_reference(tmp_path, "init.yaml", is_secret=True)) is None


@pytest.mark.parametrize(
    ("contents", "read"),
    [("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("s3cret\n\n", "s3cret\n"), ("a", "a")],
)
def test_a_secret_file_loses_one_line_break_at_its_end(
    tmp_path: Path, contents: str, read: str
) -> None:
    (tmp_path / "secret").write_bytes(contents.encode())
    assert read_reference(file_reference(tmp_path, "secret", is_secret=True)) == read
    assert read_reference(file_reference(tmp_path, "secret")) == contents


def test_an_empty_secret_file_is_refused_and_another_empty_file_is_not(tmp_path: Path) -> None:
    write(tmp_path / "empty", "\n")
    with pytest.raises(UnreadableReferenceError, match="is empty"):
        read_reference(file_reference(tmp_path, "empty", is_secret=True))
    write(tmp_path / "empty", "")
    assert read_reference(file_reference(tmp_path, "empty")) == ""


# References to environment variables


def test_a_variable_is_read_when_it_is_needed_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CCLOUD_SECRET_X", raising=False)
    assert look_reference(secret("CCLOUD_SECRET_X")) is None
    with pytest.raises(UnreadableReferenceError, match="CCLOUD_SECRET_X is not set"):
        read_reference(secret("CCLOUD_SECRET_X"))
    monkeypatch.setenv("CCLOUD_SECRET_X", "")
    with pytest.raises(UnreadableReferenceError, match="CCLOUD_SECRET_X is empty"):
        read_reference(secret("CCLOUD_SECRET_X"))
    monkeypatch.setenv("CCLOUD_SECRET_X", "pässword\n")
    assert read_reference(secret("CCLOUD_SECRET_X")) == "pässword\n"


def test_a_variable_that_a_stack_file_may_not_name_is_never_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CCLOUD_CLIENT_SECRET", "TOP-SECRET")
    assert "CCLOUD_CLIENT_SECRET" in (look_reference(secret("CCLOUD_CLIENT_SECRET")) or "")
    with pytest.raises(UnreadableReferenceError) as caught:
        read_reference(secret("CCLOUD_CLIENT_SECRET"))
    assert "TOP-SECRET" not in str(caught.value)


def test_a_variable_that_is_no_text_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CCLOUD_SECRET_X", os.fsdecode(b"TOP-SECRET\xff"))
    with pytest.raises(UnreadableReferenceError, match="is not UTF-8 text") as caught:
        read_reference(secret("CCLOUD_SECRET_X"))
    assert caught.value.__context__ is None


# Private files


def test_a_private_file_is_for_its_owner_alone_even_in_the_place_of_an_open_one(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "plan.json", "before")
    path.chmod(0o644)
    write_private(path, "äfter\n")
    assert path.read_bytes() == "äfter\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.json"]


def test_a_write_that_fails_leaves_the_file_before_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "plan.json", "before")

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UsageError, match=r"plan\.json cannot be written: No space left"):
        write_private(path, "after")
    assert path.read_text() == "before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.json"]


def test_a_link_stays_a_link_and_its_file_is_written(tmp_path: Path) -> None:
    real = write(tmp_path / "real.json", "before")
    (tmp_path / "link.json").symlink_to(real)
    write_private(tmp_path / "link.json", "after")
    assert (tmp_path / "link.json").is_symlink()
    assert real.read_text() == "after"


def test_a_circle_of_links_is_no_bug(tmp_path: Path) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to("circle")
    assert real_path(circle) == circle
    with suppress(UsageError):  # from Python 3.13 on the file takes the place of the link
        write_private(circle, "text")
    with suppress(UsageError):
        write_private_bytes(circle, b"text", may_replace=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file to somebody else")
def test_a_file_that_is_replaced_stays_its_owners(tmp_path: Path) -> None:
    path = write(tmp_path / "stack.yaml", "before")
    os.chown(path, 1234, 2345)
    path.chmod(0o640)
    replace_file(path, "after", before="before")
    found = path.stat()
    assert (path.read_text(), found.st_uid, found.st_gid) == ("after", 1234, 2345)
    assert stat.S_IMODE(found.st_mode) == 0o640


def test_a_file_that_is_replaced_need_not_be_given_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []

    def refuse(_handle: int, user: int, group: int) -> None:
        given.append((user, group))
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    path = write(tmp_path / "stack.yaml", "before")
    us = os.fstat
    monkeypatch.setattr(
        os, "fstat", lambda handle: os.stat_result((*us(handle)[:4], 7, 8, *us(handle)[6:]))
    )
    replace_file(path, "after", before="before")
    assert path.read_text() == "after"
    assert given == [(-1, path.stat().st_gid), (path.stat().st_uid, -1)]


def test_a_file_that_somebody_changes_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "stack.yaml", "theirs")
    with pytest.raises(UsageError, match=r"stack\.yaml was changed in the meantime"):
        replace_file(path, "after", before="before")
    assert path.read_text() == "theirs"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_private(Path("/dev/null"), "text")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_pipe_is_written_to_although_its_name_leads_to_no_file() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as read_end:
        with os.fdopen(writing, "w"):
            write_private(Path(f"/dev/fd/{writing}"), "text")
        assert read_end.read() == "text"


def test_a_place_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone/plan\.json cannot be written: No such file"):
        write_private(tmp_path / "gone" / "plan.json", "x")
    with pytest.raises(UsageError, match="cannot be written: Is a directory"):
        write_private(tmp_path, "x")


def test_a_new_file_is_whole_or_not_there_and_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stack.yaml"
    create_file(path, "\u00e4fter\n")
    assert path.read_bytes() == "\u00e4fter\n".encode()
    for text in ("again", "\ud800"):
        with pytest.raises((FileExistsError, UnicodeEncodeError)):
            create_file(path, text)
    with pytest.raises(UsageError, match=r"gone/a\.yaml cannot be written: No such file"):
        create_file(tmp_path / "gone" / "a.yaml", "x")

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UsageError, match="No space left"):
        create_file(tmp_path / "other.yaml", "x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["stack.yaml"]
    assert path.read_text(encoding="utf-8") == "\u00e4fter\n"


def test_bytes_are_for_their_owner_alone_and_replace_a_file_only_where_that_is_meant(
    tmp_path: Path,
) -> None:
    path = tmp_path / "report.pdf"
    write_private_bytes(path, b"%PDF \xff\r\n", may_replace=False)
    assert path.read_bytes() == b"%PDF \xff\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_private_bytes(path, b"other", may_replace=False)
    assert path.read_bytes() == b"%PDF \xff\r\n"
    write_private_bytes(path, b"other", may_replace=True)
    assert path.read_bytes() == b"other"
    with pytest.raises(UsageError, match="cannot be written"):
        write_private_bytes(tmp_path / "gone" / "x.pdf", b"", may_replace=False)
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.pdf"]


def test_a_file_system_without_links_gets_its_new_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_from: Path, _to: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    create_file(tmp_path / "a.yaml", "x")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "a.yaml", "y")
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("a.yaml", "x")]
