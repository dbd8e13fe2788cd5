"""A platform that can be killed, and the environment of a machine that applies there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import RunCli, StartCli
from tests.support.accounts import Account
from tests.support.fleet import Platform


class StartPlatform(Protocol):
    """Serves a sandbox whose tasks run so many times faster than the platform's."""

    def __call__(self, *arguments: str, speed: float) -> Platform: ...


@pytest.fixture
def start_platform(
    start_cli: StartCli, clean_env: dict[str, str], tmp_path: Path
) -> Iterator[StartPlatform]:
    """Start one; it is ended with the test."""
    served: list[Platform] = []

    def start(*arguments: str, speed: float) -> Platform:
        platform = Platform(start_cli, clean_env, tmp_path / "served.db", speed, arguments)
        served.append(platform)
        platform.start()
        return platform

    yield start
    for platform in served:
        platform.close()


@pytest.fixture
def machine_env(clean_env: dict[str, str], tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The environment of a machine with a work dir of its own."""

    def build(platform: Platform, name: str = "one", *, settle_s: float = 0.3) -> dict[str, str]:
        return {
            **clean_env,
            "CCLOUD_ENDPOINT": f"http://127.0.0.1:{platform.port}/api/v1",
            "CCLOUD_TOKEN": "sandbox-e2e",
            "CCLOUD_WORK_DIR": str(tmp_path / name),
            "CCLOUD_SETTLE": str(settle_s),
            "CCLOUD_GRACE": "2",
        }

    return build


@pytest.fixture
def account(call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path) -> Account:
    """An account with a stack of three servers to be, at an API that can misbehave."""
    return Account(call_cli, sandbox_env, tmp_path)
