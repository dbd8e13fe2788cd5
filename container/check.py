"""Tries an image from the inside: that it is what docs/guides/container.md says.

    PYTHONPATH=/mnt /opt/ccloud-apply/bin/python -m container.check VERSION [--guest]

runs in the image, where this folder is /mnt/container, as any user but root, without a network. It
says each check, and ends with 1 if one has failed. In an image of somebody else's, with its own
entrypoint, ccloud-apply is a guest.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from container.tls_servers import forward, make_certificate, serve_git

PATIENCE_S = 120
INSTALLED = ("/opt/ccloud-apply", "/usr/local/bin")
ENTRYPOINT = ("/usr/bin/tini", "-s", "--", "/usr/local/bin/entrypoint")
EXTRAS = ("psycopg", "psycopg_pool", "procrastinate", "prometheus_client", "authlib", "apprise")
STACK = """\
stack: trial
servers:
  web: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4, disks: [50]}
"""
FLEET = """\
accounts: {{trial: {{endpoint: sandbox}}}}
sources: [{{name: stacks, git: "{address}", stacks: ["*.yaml"]}}]
rules: [{{mode: report}}]
"""


class Failed(Exception):
    """A check has not held; says what was seen."""


def run(*command: str, code: int = 0, env: Mapping[str, str] | None = None) -> str:
    """What a command prints on both streams. Raises Failed if it ends with another code."""
    ended = subprocess.run(
        command,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    expect(ended.returncode == code, f"{command} ended with {ended.returncode}:\n{ended.stdout}")
    return ended.stdout


def expect(holds: bool, seen: str) -> None:
    """Raises Failed where a check does not hold."""
    if not holds:
        raise Failed(seen)


def serve_sandbox(*command: str) -> tuple[subprocess.Popen[str], int]:
    """The embedded API as a process, with its port. Raises Failed if it does not serve."""
    serving = subprocess.Popen(
        [*command, "sandbox", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert serving.stderr is not None
    said = serving.stderr.readline()
    expect(said.startswith("listening on http://127.0.0.1:"), said or "it has ended")
    return serving, int(said.rsplit(":", 1)[1].split("/", 1)[0])


def check_the_user_is_not_root(_version: str) -> None:
    expect(os.getuid() != 0, "the user is root")


def check_nothing_installed_can_be_changed(_version: str) -> None:
    found = [path for top in INSTALLED for path in Path(top).rglob("*")]
    expect(bool(found), f"nothing is in {INSTALLED}")
    ours = [str(path) for path in found if not path.is_symlink() and os.access(path, os.W_OK)]
    expect(not ours, f"may be written: {ours[:5]}")


def check_there_is_nothing_to_build_or_install_with(_version: str) -> None:
    programs = [name for name in ("pip", "pip3", "cc", "gcc", "make") if shutil.which(name)]
    modules = [name for name in ("pip", "ensurepip", "hatchling") if importlib.util.find_spec(name)]
    expect(not programs + modules, f"is there: {programs + modules}")


def check_every_shell_finds_the_command(version: str) -> None:
    for shell in (("sh", "-c"), ("sh", "-lc"), ("bash", "-c"), ("bash", "-lc")):
        said = run(*shell, "ccloud-apply --version")
        expect(said.split()[-1] == version, f"{shell}: {said}")


def check_the_entrypoint_runs_commands_and_the_scripts_of_ci(version: str) -> None:
    expect(version in run(*ENTRYPOINT, "--version"), "--version is not the version")
    expect("Usage: ccloud-apply" in run(*ENTRYPOINT, "--help"), "--help is no help")
    run(*ENTRYPOINT, "sh", "-c", "exit 7", code=7)
    expect(version in run(*ENTRYPOINT, "/bin/bash", "-c", "ccloud-apply --version"), "no version")


def check_a_stack_is_planned_and_applied(_version: str) -> None:
    Path("web.yaml").write_text(STACK, encoding="utf-8")
    said = run("ccloud-apply", "--sandbox", "plan", "--detailed-exitcode", "web.yaml", code=2)
    expect("1 to create" in said, said)
    run("ccloud-apply", "--sandbox", "apply", "--auto-approve", "web.yaml")
    run("ccloud-apply", "--sandbox", "plan", "--detailed-exitcode", "web.yaml")


def check_windows_know_time_zones(_version: str) -> None:
    ZoneInfo("Europe/Berlin")


def check_all_that_a_fleet_may_need_is_there(_version: str) -> None:
    missing = [name for name in EXTRAS if importlib.util.find_spec(name) is None]
    expect(not missing, f"missing: {missing}")
    # With the library that its wheel has: the image has none of PostgreSQL's.
    run(sys.executable, "-c", "import psycopg; assert psycopg.pq.__impl__ == 'binary'")


def check_git_may_use_ssh_and_its_signatures(_version: str) -> None:
    for program in ("git", "ssh", "ssh-keygen"):
        expect(shutil.which(program) is not None, f"there is no {program}")


def check_certificates_of_the_world_are_there(_version: str) -> None:
    bundle = Path("/etc/ssl/certs/ca-certificates.crt").read_text(encoding="ascii")
    expect(bundle.count("BEGIN CERTIFICATE") > 50, "hardly any authority is in the bundle")


def check_the_api_is_asked_by_tls_and_refused_without_its_authority(_version: str) -> None:
    certificate = make_certificate(Path("api"))
    sandbox, port = serve_sandbox("ccloud-apply")
    try:
        with forward(certificate, port) as tls_port:
            command = ("ccloud-apply", "catalog", "pools", "--endpoint")
            address = f"https://localhost:{tls_port}/api/v1"
            env = {"CCLOUD_CLIENT_ID": "trial", "CCLOUD_CLIENT_SECRET": "trial"}
            said = run(*command, address, env={**env, "SSL_CERT_FILE": str(certificate)})
            expect("pool_iw_ssd" in said, said)
            said = run(*command, address, env=env, code=1)
            expect("certificate" in said, said)
    finally:
        sandbox.send_signal(signal.SIGTERM)
        sandbox.wait(PATIENCE_S)


def check_a_fleet_reads_a_repository_by_https(_version: str) -> None:
    certificate = make_certificate(Path("git"))
    repository = Path("repositories/stacks.git")
    run("git", "init", "--quiet", str(repository))
    (repository / "web.yaml").write_text(STACK, encoding="utf-8")
    author = ("-c", "user.name=trial", "-c", "user.email=trial@example.com")
    run("git", "-C", str(repository), "add", "web.yaml")
    run("git", "-C", str(repository), *author, "commit", "--quiet", "--message=trial")
    with serve_git(certificate, Path("repositories")) as port:
        address = f"https://localhost:{port}/stacks.git"
        run("git", "ls-remote", address, code=128)
        Path("fleet.yaml").write_text(FLEET.format(address=address), encoding="utf-8")
        run("ccloud-apply", "fleet", "serve", "--once", env={"GIT_SSL_CAINFO": str(certificate)})
    said = run("ccloud-apply", "fleet", "status", code=2)
    expect("trial" in said and "drift" in said, said)


def check_a_stop_ends_what_serves(_version: str) -> None:
    serving, _ = serve_sandbox(*ENTRYPOINT)
    serving.send_signal(signal.SIGTERM)
    try:
        serving.wait(PATIENCE_S)
    except subprocess.TimeoutExpired as error:
        serving.kill()
        raise Failed("it still runs") from error


CHECKS: tuple[Callable[[str], None], ...] = tuple(
    value for name, value in list(globals().items()) if name.startswith("check_")
)
OF_OUR_IMAGE = (
    check_the_entrypoint_runs_commands_and_the_scripts_of_ci,
    check_git_may_use_ssh_and_its_signatures,
    check_a_stop_ends_what_serves,
)


def main(version: str, *, is_guest: bool) -> int:
    """Runs every check, in a folder of its own."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["CCLOUD_WORK_DIR"] = str(Path(folder, "work"))
        for check in CHECKS:
            if is_guest and check in OF_OUR_IMAGE:
                continue
            name = check.__name__.removeprefix("check_").replace("_", " ")
            try:
                check(version)
            except (Failed, OSError, subprocess.SubprocessError) as error:
                print(f"FAILED  {name}: {error}", flush=True)
                failed += 1
            else:
                print(f"ok      {name}", flush=True)
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], is_guest="--guest" in sys.argv))
