"""Repositories of somebody who means no good: nothing is run, nothing leads out, nothing leaks."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ccloud_apply.errors import SourceError, StackError
from ccloud_apply.fleet.model.config import AccountConfig, SourceConfig
from ccloud_apply.fleet.sources.checkout import checkout_folder, open_checkout
from ccloud_apply.fleet.sources.git import Git, token_config
from ccloud_apply.fleet.sources.mirror import find_protocol, open_mirror
from ccloud_apply.fleet.sources.stacks import load_found, read_found
from ccloud_apply.model.declared.reference import Reference
from tests.support.fleet_sources import ENVIRONMENT, Repository, make_fleet, spell_stack
from tests.support.git import run_git
from tests.support.stores import Store

SECRET = "root-password-of-the-worker"
ACCOUNT = AccountConfig(name="a", endpoint="sandbox")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


def source(tmp_path: Path, **more: object) -> SourceConfig:
    values = {"git": str(tmp_path / "repo"), "ref": "main", "account": "a", **more}
    return SourceConfig(name="repo", **values)  # type: ignore[arg-type]


def check_out(tmp_path: Path, commit: str) -> Path:
    """The checkout of a commit, as a worker makes it."""

    async def go() -> Path:
        async with open_checkout(
            source(tmp_path), commit, ENVIRONMENT, tmp_path / "work"
        ) as folder:
            return folder

    return asyncio.run(go())


def list_all(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir())


def test_links_that_lead_out_are_left_out_however_they_do_it(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "secret.yaml").write_text(f"stack: {SECRET}\n")
    repository.write_stack("web.yaml", "web")
    repository.write_stack("d/e/deep.yaml", "deep")
    links = {
        "absolute.yaml": str(tmp_path / "secret.yaml"),
        "relative.yaml": "../../../../secret.yaml",
        "folder": str(tmp_path),
        "d/e/up": "../..",
        "through.yaml": "d/e/up/../../../../secret.yaml",
        "chain.yaml": "absolute.yaml",
        "circle.yaml": "circle.yaml",
        "nowhere.yaml": "missing.yaml",
        "same.yaml": "web.yaml",
        "near": "d/e",
    }
    for name, target in links.items():
        (repository.folder / name).symlink_to(target)
    folder = check_out(tmp_path, repository.commit())
    top = os.path.realpath(folder)
    for file in folder.rglob("*"):
        assert os.path.realpath(file).startswith(top)
    assert (folder / "same.yaml").read_text() == spell_stack("web")
    assert (folder / "near" / "deep.yaml").exists()
    assert not (folder / "chain.yaml").exists()
    for name in links:
        found = read_found(folder, name, source=source(tmp_path), account=ACCOUNT)
        told = " ".join(one.what + one.hint for one in found.diagnostics)
        assert SECRET not in told


def test_a_tree_that_git_add_would_not_make_is_refused_or_left_out(
    repository: Repository, tmp_path: Path
) -> None:
    text = repository.blob("x")
    outside = repository.blob("../../../outside")
    inner = repository.commit_tree(f"100644 blob {text}\tfile")
    tree = run_git(repository.folder, "rev-parse", f"{inner}^{{tree}}")
    repository.commit_tree(
        f"040000 tree {tree}\t..",
        f"040000 tree {tree}\t.git",
        f"040000 tree {tree}\t.GIT",
        f"160000 commit {inner}\tmodule",
        f"100755 blob {text}\tprogram",
        f"100644 blob {text}\tplain",
    )
    commit = run_git(repository.folder, "rev-parse", "main")
    folder = check_out(tmp_path, commit)
    assert list_all(folder) == ["plain", "program"]
    assert not os.access(folder / "program", os.X_OK)
    # A link and files below it: they would be written where it leads.
    twisted = repository.commit_tree(
        f"120000 blob {outside}\tlink",
        f"040000 tree {tree}\tlink",
    )
    with pytest.raises(SourceError, match="below a name that is a file itself"):
        check_out(tmp_path, twisted)
    assert not checkout_folder(source(tmp_path), twisted, tmp_path / "work").exists()


def test_attributes_filters_and_hooks_of_the_repository_do_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    marker = tmp_path / "pwned"
    repository.write_stack("web.yaml", "web")
    repository.write("ident.yaml", "a: $Id$ $Format:%an$\n")
    repository.write(
        ".gitattributes", "web.yaml export-ignore\n* filter=evil ident export-subst eol=crlf\n"
    )
    commit = repository.commit()
    for hook in ("post-checkout", "reference-transaction", "pre-receive", "update"):
        file = repository.folder / ".git" / "hooks" / hook
        file.write_text(f"#!/bin/sh\ntouch {marker}\n")
        file.chmod(0o755)
    run_git(repository.folder, "config", "filter.evil.smudge", f"touch {marker}")
    run_git(repository.folder, "config", "core.fsmonitor", f"touch {marker}")
    folder = check_out(tmp_path, commit)
    assert (folder / "web.yaml").read_text() == spell_stack("web")
    assert (folder / "ident.yaml").read_text() == "a: $Id$ $Format:%an$\n"
    assert not marker.exists()


def test_names_that_cannot_be_shown_are_told_escaped_and_are_no_stacks(
    repository: Repository, sqlite_store: Store, tmp_path: Path
) -> None:
    fleet = make_fleet(
        sqlite_store, tmp_path, source="{git: repo, ref: main, account: a, stacks: ['**/*.yaml']}"
    )
    for name in ("a\nerror: all is well.yaml", "\x1b[31mred.yaml", "a‮b.yaml"):
        repository.write_stack(name, "web")
    (repository.folder / os.fsdecode(b"\xff.yaml")).write_text(spell_stack("bytes"))
    repository.write_stack("fine – ünïcode.yaml", "fine")
    repository.commit()

    async def test() -> None:
        assert (await fleet.poll()).error is None
        assert await fleet.due() == ["a/fine"]
        problems = await fleet.problems()
        assert len(problems) == 4
        assert all(path.isprintable() and what.isprintable() for path, _, what in problems)

    fleet.run(test)


def test_a_file_too_large_for_a_stack_takes_no_room_and_is_told(
    repository: Repository, sqlite_store: Store, tmp_path: Path
) -> None:
    fleet = make_fleet(sqlite_store, tmp_path, source="{git: repo, ref: main, account: a}")
    (repository.folder / "big.yaml").write_bytes(b"stack: x\n" + b"#" * (9 * 1024 * 1024))
    repository.write_stack("web.yaml", "web")
    commit = repository.commit()

    async def test() -> None:
        await fleet.poll()
        ((path, _, what),) = await fleet.problems()
        assert path == "big.yaml"
        assert "at most 8,388,608 are read" in what
        assert await fleet.due() == ["a/web"]
        written = checkout_folder(fleet.config.sources[0], commit, fleet.work_dir) / "big.yaml"
        assert written.stat().st_size > 9_000_000
        assert written.stat().st_blocks * 512 < 1_000_000

    fleet.run(test)


def test_a_repository_with_too_many_or_too_large_files_is_refused(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("one", "1" * 600)
    repository.write("two", "2" * 600)
    commit = repository.commit()
    monkeypatch.setattr("ccloud_apply.fleet.sources.checkout.MAX_BYTES", 1000)
    with pytest.raises(SourceError, match="larger than"):
        check_out(tmp_path, commit)
    monkeypatch.setattr("ccloud_apply.fleet.sources.mirror.MAX_FILES", 1)
    with pytest.raises(SourceError, match="more than 1 files"):
        check_out(tmp_path, commit)


def test_a_stack_reads_no_variable_no_foreign_file_and_runs_no_command(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "outside.txt").write_text(SECRET)
    head = "stack: web\nservers:\n  web: {pool: p, type: unmanaged, image: i, cores: 1, memory: 1,"
    cases = {
        "user_data: {file: ../../../../outside.txt}": "outside",
        f"user_data: {{file: {tmp_path}/outside.txt}}": "relative",
        "password: {command: [cat, /etc/shadow]}": "fleet.yaml does not allow the command cat",
        "password: {env: HOME}": "CCLOUD_SECRET_",
        "password: {generate: web.password}": "a fleet has no such place",
        "password: {file: ../secret}": "outside",
        "notes: '${var.x}'": "not declared",
    }
    repository.write("ccloud-apply.yaml", "project: shop\nsecret_commands: [[cat], [sh, -c]]\n")
    for number, field in enumerate(cases):
        repository.write(f"s/{number}.yaml", f"{head} disks: [50], {field}}}\n")
    folder = check_out(tmp_path, repository.commit())
    for number, (field, what) in enumerate(cases.items()):
        with pytest.raises(StackError) as raised:
            load_found(folder, f"s/{number}.yaml", source=source(tmp_path), account=ACCOUNT)
        told = " ".join(f"{one.what} {one.hint}" for one in raised.value.diagnostics)
        assert what in told, (field, told)
        assert SECRET not in told
        assert str(tmp_path / "work") not in told.replace(str(folder), "")


def test_a_command_that_fleet_yaml_allows_is_taken(repository: Repository, tmp_path: Path) -> None:
    repository.write(
        "web.yaml",
        "stack: web\nservers:\n  web: {pool: p, type: unmanaged, image: i, cores: 1, memory: 1,"
        " disks: [50], password: {command: [sops, decrypt, web.sops]}}\n",
    )
    folder = check_out(tmp_path, repository.commit())
    account = AccountConfig(name="a", endpoint="sandbox", secret_commands=(("sops", "decrypt"),))
    found = load_found(folder, "web.yaml", source=source(tmp_path), account=account)
    assert found.stack is not None
    assert found.stack.path == "web.yaml"


def test_places_of_mistakes_do_not_depend_on_the_machine(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write("deep/web.yaml", "stack: web\nextends: base.yaml\nservers: {w: {corez: 1}}\n")
    repository.write("deep/base.yaml", "defaults: {memry: 2}\n")
    folder = check_out(tmp_path, repository.commit())
    found = read_found(folder, "deep/web.yaml", source=source(tmp_path), account=ACCOUNT)
    places = {one.source.path for one in found.diagnostics if one.source is not None}
    assert places == {"deep/web.yaml", "deep/base.yaml"}
    assert set(found.files) == {
        "ccloud-apply.yaml",
        "deep/base.yaml",
        "deep/ccloud-apply.yaml",
        "deep/web.yaml",
    }


def test_a_project_file_above_the_source_does_not_count(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "ccloud-apply.yaml").write_text("project: ours\ndefaults: {cores: 64}\n")
    repository.write_stack("web.yaml", "web")
    folder = check_out(tmp_path, repository.commit())
    found = load_found(folder, "web.yaml", source=source(tmp_path), account=ACCOUNT)
    assert found.stack is not None
    assert found.stack.servers[0].fields["cores"].value == 2


def test_an_unsigned_commit_does_not_count_where_signatures_are_wanted(
    repository: Repository, sqlite_store: Store, tmp_path: Path
) -> None:
    if shutil.which("ssh-keygen") is None and os.environ.get("CCLOUD_TEST_TOOLS") != "required":
        pytest.skip("there is no ssh-keygen")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = (tmp_path / "key.pub").read_text().split()
    (tmp_path / "signers").write_text(f"jane@example.org {public[0]} {public[1]}\n")
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    fleet = make_fleet(
        sqlite_store,
        tmp_path,
        source="{git: repo, ref: main, account: a, verify: signed, signers: signers}",
    )

    def commit_signed() -> str:
        run_git(repository.folder, "add", "--all")
        run_git(repository.folder, *signing, "commit", "--quiet", "-S", "-m", "signed")
        return run_git(repository.folder, "rev-parse", "HEAD")

    async def test() -> None:
        repository.write_stack("web.yaml", "web")
        signed = commit_signed()
        assert (await fleet.poll()).error is None
        await fleet.settle()
        repository.write_stack("web.yaml", "web", cores=64)
        unsigned = repository.commit()
        error = (await fleet.poll()).error
        assert error is not None
        assert f"{unsigned[:12]} has no signature" in error
        assert (await fleet.stack("web"))["commit_id"] == signed
        assert await fleet.due() == []
        repository.write_stack("web.yaml", "web", cores=4)
        commit_signed()
        assert (await fleet.poll()).due == 1

    fleet.run(test)


def test_credentials_are_in_no_command_line_and_in_no_error(tmp_path: Path) -> None:
    address = "https://git.invalid/x.git"
    git = Git(
        folder=tmp_path,
        environment={**ENVIRONMENT, "CCLOUD_CLIENT_SECRET": SECRET, "GIT_DIR": "/elsewhere"},
        protocol="https",
        config=token_config(address, SECRET),
    )
    assert SECRET not in " ".join(git.command("fetch", address))
    assert SECRET not in repr(git)
    variables = git.variables()
    assert variables["GIT_CONFIG_COUNT"] == "2"
    assert variables["GIT_CONFIG_KEY_0"] == f"http.{address}.extraHeader"
    assert variables["GIT_ALLOW_PROTOCOL"] == "https"
    assert "CCLOUD_CLIENT_SECRET" not in variables
    assert variables["GIT_DIR"] == "."

    async def ask() -> None:
        bare = Git(folder=tmp_path, environment={**ENVIRONMENT, "HOME": str(tmp_path)})
        (tmp_path / ".gitconfig").write_text(
            f'[url "file:///x:{SECRET}@y/"]\n  insteadOf = https://git.invalid/\n'
        )
        await bare.ask("ls-remote", address)

    with pytest.raises(SourceError) as raised:
        asyncio.run(ask())
    assert SECRET not in raised.value.message


def test_a_token_goes_to_its_address_and_follows_no_redirect(tmp_path: Path) -> None:
    import threading
    from base64 import b64decode
    from http.server import BaseHTTPRequestHandler, HTTPServer

    seen: list[tuple[str, str]] = []

    def serve(name: str, location: str | None) -> HTTPServer:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given = self.headers.get("Authorization", "").partition(" ")[2]
                seen.append((name, b64decode(given).decode()))
                self.send_response(302 if location else 404)
                if location:
                    self.send_header("Location", location + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    thief = serve("thief", None)
    host = serve("host", f"http://127.0.0.1:{thief.server_port}")
    (tmp_path / "token").write_text(f"{SECRET}\n")
    given = source(
        tmp_path,
        git=f"http://127.0.0.1:{host.server_port}/x.git",
        token=Reference("file", "token", str(tmp_path / "fleet.yaml"), is_secret=True),
    )

    async def go() -> None:
        async with open_mirror(given, ENVIRONMENT, tmp_path / "work") as mirror:
            await mirror.fetch()

    try:
        with pytest.raises(SourceError) as raised:
            asyncio.run(go())
    finally:
        for server in (host, thief):
            server.shutdown()
            server.server_close()
    assert seen == [("host", f"x-access-token:{SECRET}")]
    assert SECRET not in f"{raised.value.message} {raised.value.hint}"


def test_only_the_protocol_of_the_address_may_be_used(
    repository: Repository, tmp_path: Path
) -> None:
    marker = tmp_path / "pwned"
    repository.write_stack("web.yaml", "web")
    repository.commit()
    assert find_protocol("git@host:x.git") == ("ssh", "git@host:x.git")
    assert find_protocol("https://host/x") == ("https", "https://host/x")
    assert find_protocol("./x:y") == ("file", str(Path("./x:y").resolve()))

    async def go(address: str) -> None:
        given = source(tmp_path, git=address)
        async with open_mirror(given, ENVIRONMENT, tmp_path / "work") as mirror:
            await mirror.fetch()

    for address in (f"ext::touch {marker}", f"--upload-pack=touch {marker}", "git://h/x"):
        with pytest.raises(SourceError):
            asyncio.run(go(address))
    assert not marker.exists()


def test_git_that_hangs_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/child\nwait\n")
    script.chmod(0o755)
    git = Git(folder=tmp_path, environment={"PATH": f"{script.parent}:/usr/bin:/bin"})

    async def go() -> None:
        await git.ask("fetch", timeout_s=0.3)

    with pytest.raises(SourceError, match="git fetch was not done after"):
        asyncio.run(go())
    child = int((tmp_path / "child").read_text())
    status = Path(f"/proc/{child}/stat")
    assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_git_that_tells_without_an_end_is_ended(tmp_path: Path) -> None:
    script = tmp_path / "git"
    script.write_text("#!/bin/sh\nyes error: hostile >&2 &\nyes\n")
    script.chmod(0o755)
    git = Git(folder=tmp_path, environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})

    async def test() -> None:
        for most in (0, 1000, 100_000, 1_000_000):  # whatever is left in the pipe then
            async with asyncio.timeout(10):
                with pytest.raises(SourceError, match="more than"):
                    await git.ask("ls-tree", "-z", most=most)

    asyncio.run(test())


def test_a_machine_without_git_is_told_so(tmp_path: Path) -> None:
    git = Git(folder=tmp_path, environment={"PATH": str(tmp_path)})
    with pytest.raises(SourceError, match="git cannot be run") as raised:
        asyncio.run(git.ask("fetch"))
    assert "install git" in raised.value.hint


def test_a_checkout_that_is_missing_on_this_machine_is_fetched(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write_stack("web.yaml", "web")
    first = repository.commit()
    repository.write_stack("web.yaml", "web", cores=4)
    repository.commit()
    folder = check_out(tmp_path, first)  # no poll was made here, and it is not the newest one
    assert (folder / "web.yaml").read_text() == spell_stack("web")
    with pytest.raises(SourceError, match="is not in main any more"):
        check_out(tmp_path, "0" * 40)
    with pytest.raises(SourceError):
        check_out(tmp_path, "../../x")


def test_a_checkout_that_was_cut_off_leaves_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        repository.write(f"f{number}", "x")
    commit = repository.commit()
    written: list[Path] = []
    write = Path.write_bytes

    def fail(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(SourceError, match="No space left"):
        check_out(tmp_path, commit)
    monkeypatch.undo()
    commits = tmp_path / "work" / "sources" / "repo" / "commits"
    assert list(commits.iterdir()) == []
    assert len(list_all(check_out(tmp_path, commit))) == 5
