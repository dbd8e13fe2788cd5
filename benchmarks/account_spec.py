"""Which account a scenario is about, and the stack files that go with it. Nothing of the product.

A process that measures others imports this, and stays small: the system counts the memory of a
process from what its parent had.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

STACK = "fleet"
OTHERS = 10
"""Servers of each stack that is in the account and in no file."""

_SERVER = """\
  {key}:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 2
    memory: 4
    tags: [production, web]
"""
_DISKS = "    disks: [50, 100]\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """An account: `stacks` of `servers` each, spread over it among `others` of other stacks; at
    its end `unmanaged` of none.

    `is_empty`: the files are there, their servers are not. A create takes what is drawn from
    `task_s` by `seed`. Each answer comes after `latency_ms`. `has_catalogues`: what is no server
    and no task is answered by the product's emulator.
    """

    stacks: int = 1
    servers: int = 0
    others: int = 0
    unmanaged: int = 0
    has_disks: bool = True
    is_empty: bool = False
    has_catalogues: bool = False
    latency_ms: float = 20.0
    task_s: tuple[float, float] = (1.0, 3.0)
    seed: int = 1

    def to_json(self) -> str:
        """As one argument of a program."""
        return json.dumps(asdict(self))


def from_json(text: str) -> Spec:
    """What `to_json` wrote."""
    values = json.loads(text)
    return Spec(**{**values, "task_s": tuple(values["task_s"])})


def stack_name(spec: Spec, number: int) -> str:
    """The name of one of the stacks that are in files."""
    return STACK if spec.stacks == 1 else f"{STACK}-{number:04}"


def place_servers(spec: Spec) -> Iterator[tuple[str | None, str]]:
    """Stack and key of every server of the account, in its order; None where it has no stack."""
    own = 0 if spec.is_empty else spec.stacks * spec.servers
    total = own + spec.others
    placed = other = 0
    for place in range(total):
        if placed < own and placed * total <= place * own:
            number, key = divmod(placed, spec.servers)
            yield stack_name(spec, number), f"s{key:05}"
            placed += 1
        else:
            yield f"other-{other // OTHERS:04}", f"s{other % OTHERS:05}"
            other += 1
    for number in range(spec.unmanaged):
        yield None, f"s{number:05}"


def write_stacks(spec: Spec, folder: Path) -> None:
    """A file for each stack, each server written out."""
    for number in range(spec.stacks):
        name = stack_name(spec, number)
        with (folder / f"{name}.yaml").open("w", encoding="utf-8") as file:
            file.write(f"stack: {name}\nservers:\n")
            for key in range(spec.servers):
                file.write(_SERVER.format(key=f"s{key:05}"))
                file.write(_DISKS if spec.has_disks else "")
