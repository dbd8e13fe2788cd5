"""What all tests share: the command as a process, a sandbox of one's own, the door to the network
closed."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import HealthCheck, settings

from ccloud_apply.cli.main import run
from ccloud_apply.workflows.account import connection
from tests.support.compiling import import_modules
from tests.support.hurried_time import HurriedTime

if TYPE_CHECKING:
    from tests.support.stores import Store

ROOT = Path(__file__).parent.parent
PATIENCE_S = 60

# jsonschema builds a grammar of international addresses on import, for a second and more, where one
# is installed. No schema of ours has such an address, and without the grammar it does without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

settings.register_profile(
    "ci",  # a busy machine is no failure, and what others draw is no fault of the change at hand
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", settings.get_profile("ci"), max_examples=10, derandomize=False)
settings.register_profile(
    "mutation",  # the same examples each time, in a process that is forked for each mutant
    settings.get_profile("dev"),
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.load_profile("ci")


def pytest_xdist_auto_num_workers() -> int:
    """Half of the time of the tests is waiting for a server or a program."""
    return 2 * (os.cpu_count() or 1)


SLOW_PLACES = (
    "tests/docs/test_console.py",
    "tests/e2e/test_addon_counts.py",
    "tests/e2e/test_addresses.py",
    "tests/e2e/test_devices.py",
    "tests/e2e/test_interruption.py",
    "tests/e2e/test_lying_api.py",
    "tests/e2e/test_redeploy.py",
    "tests/e2e/test_schedule_change.py",
    "tests/e2e/test_snapshots.py",
    "tests/integration/apply/test_executor_limits.py",
    "tests/pipelines/",
    "tests/sandbox/test_sandbox_schemathesis.py",
    "tests/simulator/",
)
"""Folders and modules of which every test is slow."""


def pytest_configure() -> None:
    """A shell has what it starts in the background ignore SIGINT, and so would what tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Where many processes test, each compiles a part of the tests first, for all of them."""
    worker = getattr(session.config, "workerinput", None)
    if worker is not None:
        number = int(worker["workerid"].removeprefix("gw"))
        import_modules(session.config.args, number, worker["workercount"])
    return (yield)


@pytest.hookimpl(tryfirst=True)  # before `-m` looks for the marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow: whole places, and every test that starts the command as a process."""
    for item in items:
        place = item.path.relative_to(ROOT).as_posix()
        names = getattr(item, "fixturenames", ())
        if "start_cli" in names or place.startswith(SLOW_PLACES):
            item.add_marker("slow")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that nothing was tried in a browser, where that is so."""
    skipped = terminalreporter.stats.get("skipped", ())
    count = sum(report.nodeid.startswith("tests/browser/") for report in skipped)
    if count:
        terminalreporter.write_line(
            f"{count} tests need a browser and were skipped: apt-get install chromium"
        )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="write what the program says now into the cases; review the difference",
    )


@pytest.fixture
def update_cases(request: pytest.FixtureRequest) -> bool:
    """True if expectations are to be rewritten instead of compared."""
    return bool(request.config.getoption("--update-cases"))


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in this process may talk to anything but this machine."""
    connect = socket.socket.connect

    def connect_to_loopback(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if host != "localhost" and not ip_address(host).is_loopback:
                raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_to_loopback)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


OURS = ("CCLOUD_", "GITHUB_")
"""Beginnings of the variables that the command looks at."""


class RunCli(Protocol):
    """Runs the command with these arguments to its end."""

    def __call__(
        self, *arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> Ended: ...


class StartCli(Protocol):
    """Starts the command; it is ended with the test if it has not ended before."""

    def __call__(
        self, *arguments: str, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]: ...


@pytest.fixture
def clean_env() -> dict[str, str]:
    """An environment that says nothing about endpoints, credentials or colours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((*OURS, "PYTHON", "COV_", "PYTEST_")) and name != "NO_COLOR"
    }
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


@pytest.fixture
def sandbox_env(clean_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment with an embedded API of its own, whose tasks end almost at once."""
    return {
        **clean_env,
        "CCLOUD_ENDPOINT": "sandbox",
        "CCLOUD_SANDBOX_DB": str(tmp_path / "sandbox" / "sandbox.db"),
        "CCLOUD_SANDBOX_SPEED": "2000",
    }


@pytest.fixture
def start_cli(sandbox_env: dict[str, str], tmp_path: Path) -> Iterator[StartCli]:
    """Start `ccloud-apply ARGUMENTS` in an empty folder, by default against the embedded API."""
    started: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "ccloud_apply", *arguments],
            env=dict(sandbox_env if env is None else env),
            cwd=tmp_path,
            text=True,
            encoding="utf-8",
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def run_cli(start_cli: StartCli) -> RunCli:
    """Run `ccloud-apply ARGUMENTS` to its end; standard input is not a terminal."""

    def run(
        *arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> Ended:
        options = {} if stdin is None else {"stdin": subprocess.PIPE}
        process = start_cli(*arguments, env=env, **options)
        out, err = process.communicate(stdin, timeout=PATIENCE_S)
        return Ended(code=process.returncode, out=out, err=err)

    return run


@pytest.fixture
def call_cli(
    sandbox_env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> RunCli:
    """The same within this process, where neither signals nor pipes nor start-up matter.

    Unless the test starts processes too, pauses take no time.
    """
    hurried = None if "start_cli" in request.fixturenames else HurriedTime()

    def call(
        *arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> Ended:
        assert stdin is None, "only a process has a standard input of its own"
        monkeypatch.chdir(tmp_path)
        # A served sandbox is as quick as the embedded one.
        monkeypatch.setattr(connection, "POLL_MIN_S", connection.SANDBOX_POLL_MIN_S)
        for name in [name for name in os.environ if name.startswith(OURS)]:
            monkeypatch.delenv(name)
        for name, value in (sandbox_env if env is None else env).items():
            if name.startswith(OURS):
                monkeypatch.setenv(name, value)
        capsys.readouterr()
        with monkeypatch.context() as context:
            if hurried is not None:
                hurried.rule(context)
            code = run(arguments)
        captured = capsys.readouterr()
        return Ended(code=code, out=captured.out, err=captured.err)

    return call


@pytest.fixture
def serve(start_cli: StartCli, clean_env: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """Start `sandbox serve` on a free port and give back its endpoint. It ends with the test."""

    def start(*arguments: str, db: str = "served.db", speed: float = 2000) -> str:
        place = ("--port", "0", "--db", str(tmp_path / db), "--speed", str(speed))
        process = start_cli("sandbox", "serve", *place, *arguments, env=clean_env)
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stderr.read()
        return found.group()

    return start


@pytest.fixture
def http_env(clean_env: dict[str, str], serve: Callable[..., str]) -> dict[str, str]:
    """An environment whose endpoint is a sandbox behind HTTP."""
    return {
        **clean_env,
        "CCLOUD_ENDPOINT": serve(),
        "CCLOUD_CLIENT_ID": "client",
        "CCLOUD_CLIENT_SECRET": "the-client-secret",
        "CCLOUD_SETTLE": "0",
        "CCLOUD_GRACE": "2",
    }


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Store]":
    """An empty database of a fleet; the test runs on SQLite and on PostgreSQL."""
    from tests.support.stores import open_store

    with open_store(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def sqlite_store(tmp_path: Path) -> "Iterator[Store]":
    """An empty database of a fleet on SQLite."""
    from tests.support.stores import open_store

    with open_store("sqlite", tmp_path) as found:
        yield found


@pytest.fixture
def postgres_store(tmp_path: Path) -> "Iterator[Store]":
    """An empty database of a fleet on PostgreSQL."""
    from tests.support.stores import open_store

    with open_store("postgres", tmp_path) as found:
        yield found
