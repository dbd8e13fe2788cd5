"""`python -m benchmarks.side_by_side [SERVERS[:ACCOUNT]...]`: the same plan by Terraform.

Both plan the same servers, which are all there and as declared, against the same API with 20 ms
latency, and both ask for the disks. Terraform uses the provider of `benchmarks/terraform`, built
with Go unless `--provider` names one that is built: two reads for each server, as the usual
providers for REST do, and as many at a time as `--parallelism` says. Without terraform, or without
Go and `--provider`, nothing is measured.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.account_spec import Spec, place_servers, write_stacks
from benchmarks.answering import answering, ask_what_was_sent
from benchmarks.process import ROOT, Ended, run, run_program
from benchmarks.table import Row, render_rows

SOURCE = ROOT / "benchmarks" / "terraform" / "provider"
BINARY = "terraform-provider-rest"
PROVIDER = "registry.terraform.io/benchmark/rest"
CASES = ("10:10000", "100:100", "1000:1000")
TITLE = "side-by-side: a no-change plan, and the same as terraform plan in place of the bound"
RUNS = 3
PARALLELISM = 16


def main(arguments: Sequence[str]) -> int:
    """Measure and print each case. 0 where there is nothing to measure with, too."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.side_by_side", description=__doc__)
    parser.add_argument("cases", nargs="*", default=CASES, metavar="SERVERS[:ACCOUNT]")
    parser.add_argument("--provider", type=Path, metavar="FILE", help="the built provider")
    parser.add_argument("--parallelism", type=int, default=PARALLELISM, help="of Terraform (16)")
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args(arguments)
    rows = measure(
        cases=options.cases,
        provider=options.provider,
        parallelism=options.parallelism,
        runs=options.runs,
    )
    print(render_rows(TITLE, rows))
    return 0


def measure(
    *,
    cases: Sequence[str] = CASES,
    provider: Path | None = None,
    parallelism: int = PARALLELISM,
    runs: int = RUNS,
) -> list[Row]:
    """The rows of each case; none where something is missing, which is said."""
    if missing := find_missing(provider):
        print(f"Not compared with Terraform: no {' and no '.join(missing)} on this machine.")
        return []
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        program = provider or build_provider(Path(folder))
        for case in cases:
            servers, _, account = case.partition(":")
            spec = Spec(servers=int(servers), others=int(account or servers) - int(servers))
            rows += _measure_case(spec, program, parallelism=parallelism, runs=runs)
    return rows


def find_missing(provider: Path | None) -> list[str]:
    """The programs that are not here and without which nothing can be measured."""
    needed = ["terraform"] if provider else ["terraform", "go"]
    return [name for name in needed if not shutil.which(name)]


def build_provider(folder: Path) -> Path:
    """The provider as a program in this folder. It takes minutes, and a network, the first time."""
    print("Building the provider with go ...", file=sys.stderr)
    subprocess.run(["go", "build", "-o", str(folder / BINARY), "."], cwd=SOURCE, check=True)
    return folder / BINARY


def _measure_case(spec: Spec, provider: Path, *, parallelism: int, runs: int) -> list[Row]:
    """Medians, run after run in turn. The bound of a row is Terraform's figure."""
    with tempfile.TemporaryDirectory() as work, answering(spec) as endpoint:
        folder = Path(work)
        write_stacks(spec, folder)
        write_terraform(spec, folder, provider)
        environment = {
            "CCLOUD_ENDPOINT": endpoint,
            "CCLOUD_TOKEN": "benchmark",
            "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc"),
            "CHECKPOINT_DISABLE": "1",
        }
        plan = ("-m", "ccloud_apply", "plan", ".", "--no-project")
        own: list[tuple[Ended, int]] = []
        other: list[tuple[Ended, int]] = []
        for _ in range(runs):
            ended = run_program(plan, cwd=folder, environment=environment)
            own.append((ended, len(ask_what_was_sent(endpoint)["targets"])))
            ended = run(_terraform(parallelism), cwd=folder, environment=environment)
            other.append((ended, len(ask_what_was_sent(endpoint)["targets"])))
    total = spec.servers + spec.others
    return list(_describe(f"{spec.servers:,} servers in an account of {total:,}", own, other))


def _terraform(parallelism: int) -> list[str]:
    """A plan whose exit code is 0 only if nothing is to be changed."""
    command = ["terraform", "plan", "-input=false", "-lock=false", "-detailed-exitcode"]
    return [*command, "-no-color", f"-parallelism={parallelism}"]


def _describe(
    what: str, own: Sequence[tuple[Ended, int]], other: Sequence[tuple[Ended, int]]
) -> Iterator[Row]:
    figures: tuple[tuple[str, str, Any], ...] = (
        ("time", "s", lambda run: run[0].wall_s),
        ("processor", "CPU s", lambda run: run[0].cpu_s),
        ("memory", "MB", lambda run: run[0].peak_mb),
        ("requests", "requests", lambda run: run[1]),
    )
    for name, unit, find in figures:
        yield Row(
            what=f"{what}: {name}",
            measured=median(map(find, own)),
            unit=unit,
            bound=median(map(find, other)),
        )


def write_terraform(spec: Spec, folder: Path, provider: Path) -> None:
    """The configuration of the same servers, the state after their apply, and where the provider
    is. A provider's processor and memory count with Terraform's: it is a child of it."""
    settings = _SETTINGS.format(provider=PROVIDER, folder=provider.resolve().parent)
    (folder / "cli.tfrc").write_text(settings, encoding="utf-8")
    own = [
        (place, key)
        for place, (stack, key) in enumerate(place_servers(spec))
        if stack and stack.startswith("fleet")
    ]
    with (folder / "main.tf").open("w", encoding="utf-8") as file:
        file.write(_PROVIDERS)
        for _, key in own:
            file.write(_RESOURCE.format(key=key))
    state = {
        "version": 4,
        "terraform_version": "1.0.0",
        "serial": 1,
        "lineage": "benchmark",
        "outputs": {},
        "resources": [_in_state(place, key) for place, key in own],
    }
    (folder / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")


_SETTINGS = """\
provider_installation {{
  dev_overrides {{
    "{provider}" = "{folder}"
  }}
  direct {{}}
}}
"""
_PROVIDERS = """\
terraform {
  required_providers {
    rest = { source = "benchmark/rest" }
  }
}
"""
_RESOURCE = """
resource "rest_server" "{key}" {{
  pool   = "pool_iw_ssd"
  type   = "unmanaged"
  image  = "debian12_uefi"
  cores  = 2
  memory = 4
  disks  = [50, 100]
  tags   = ["production", "web", "stack:fleet", "server:{key}"]
}}
"""


def _in_state(place: int, key: str) -> dict[str, Any]:
    attributes = {
        "hostname": f"vs{10001 + place}",
        "pool": "pool_iw_ssd",
        "type": "unmanaged",
        "image": "debian12_uefi",
        "cores": 2,
        "memory": 4,
        "disks": [50, 100],
        "tags": ["production", "web", "stack:fleet", f"server:{key}"],
    }
    return {
        "mode": "managed",
        "type": "rest_server",
        "name": key,
        "provider": f'provider["{PROVIDER}"]',
        "instances": [{"schema_version": 0, "attributes": attributes}],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
