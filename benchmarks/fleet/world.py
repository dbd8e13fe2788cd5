"""What a trial works on: an API for each account, a folder of stacks, a PostgreSQL, fleet.yaml."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.fleet.options import Trial
from benchmarks.fleet.processes import Program, Usage
from tests.support.postgres import Postgres, start_postgres

_TOKEN = "sandbox-trial"
_HEADERS = {"Authorization": f"Bearer {_TOKEN}", "Accept": "application/json"}
_STACK = """\
stack: {name}
servers:
  web:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: 2
    disks: [20]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A trial's folder, the endpoints of its accounts, its PostgreSQL, what its workers are told,
    and what the programs of the fleet have used."""

    trial: Trial
    folder: Path
    endpoints: Mapping[str, str]
    postgres: Postgres
    url: str
    environment: Mapping[str, str]
    usage: Usage

    def start(self, *arguments: str, name: str) -> Program:
        """Start a program of the fleet."""
        return Program(
            ["fleet", *arguments],
            folder=self.folder,
            environment={**self.environment, "CCLOUD_WORK_DIR": str(self.folder / name)},
            log=self.folder / f"{name}.log",
            usage=self.usage,
        )

    def count_servers(self, account: str) -> Counter[str]:
        """How many servers each stack of the account has, asked of the API itself."""
        found: Counter[str] = Counter()
        page = 1
        while True:
            url = f"{self.endpoints[account]}/ccloud/servers?limit=100&page={page}"
            request = Request(url, headers=_HEADERS)
            with urlopen(request) as answer:
                document = json.load(answer)
            for server in document["data"]:
                for tag in server.get("tags") or ():
                    if tag.startswith("stack:"):
                        found[tag.removeprefix("stack:")] += 1
            if page >= document["meta"]["last_page"]:
                return found
            page += 1


@contextmanager
def build_world(trial: Trial, folder: Path) -> Iterator[World]:
    """Everything that the fleet needs, its tables made; taken away again at the end."""
    environment = {**trial.environment, "TRIAL_TOKEN": _TOKEN}
    usage = Usage()
    with ExitStack() as until_end:
        endpoints = {
            name: until_end.enter_context(_serve_api(trial, folder, name))
            for name in trial.accounts_of()
        }
        postgres = start_postgres()
        url = until_end.enter_context(postgres.database())
        _write_stacks(trial, folder)
        _write_config(trial, folder, endpoints)
        world = World(
            trial=trial,
            folder=folder,
            endpoints=endpoints,
            postgres=postgres,
            url=url,
            environment={**environment, "TRIAL_DATABASE": url},
            usage=usage,
        )
        world.start("migrate", name="migrate").wait()
        yield world


@contextmanager
def _serve_api(trial: Trial, folder: Path, name: str) -> Iterator[str]:
    """The endpoint of an API of its own, whose use of the machine is not counted."""
    arguments = ("--port", "0", "--db", f"{name}.db", "--speed", str(trial.speed))
    program = Program(
        ["sandbox", "serve", *arguments],
        folder=folder,
        environment={},
        log=folder / f"{name}.log",
        usage=Usage(),
    )
    try:
        yield program.wait_for(r"http://[\d.]+:\d+/\S*")[0].rstrip("/")
    finally:
        program.end()


def _write_stacks(trial: Trial, folder: Path) -> None:
    for account, number in trial.accounts_of().items():
        place = folder / "stacks" / account
        place.mkdir(parents=True)
        for one in range(number):
            name = f"s{one + 1}"
            (place / f"{name}.yaml").write_text(_STACK.format(name=name), encoding="utf-8")


def _write_config(trial: Trial, folder: Path, endpoints: Mapping[str, str]) -> None:
    """JSON is YAML."""
    config = {
        "database": {"env": "TRIAL_DATABASE"},
        "lease": f"{trial.lease_s:g}s",
        "accounts": {
            name: {
                "endpoint": endpoint,
                "token": {"env": "TRIAL_TOKEN"},
                "limits": {"runs": trial.runs},
            }
            for name, endpoint in endpoints.items()
        },
        "sources": [{"folder": "stacks", "stacks": ["*/*.yaml"], "account": "{1}"}],
        "rules": [{"mode": "apply"}],
    }
    (folder / "fleet.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
