"""What a check is: a code, what it asks of the account, and pure functions that find what is wrong.

A check errs on the side of silence: a valid plan that is refused is worse than a refusal that comes
late. Where the API document leaves the meaning of a catalogue open, a finding is a warning.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import field
from difflib import get_close_matches
from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Account, Image, LiveServer
from ccloud_apply.model.results.plan import Action, Step
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.diff.server_diff import ServerDiff

Use = Literal["pool", "image", "addons", "gpus", "rollouts", "subnets", "sizes", "dvds"]
"""What a server asks of the platform when it is created or changed; catalogues are read for it."""

MAX_CHOICES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One declared server; `diff` and `steps` are what the plan does to it, if there is a plan.

    `has_weak_password` is True if its password is known, and known to be too short.
    """

    stack: Stack
    spec: ServerSpec
    diff: ServerDiff | None = None
    steps: tuple[Step, ...] = ()
    has_weak_password: bool = False

    @property
    def is_created(self) -> bool:
        """True if a create request is sent for it."""
        return self.diff is not None and self.diff.create_body is not None

    @property
    def live(self) -> LiveServer | None:
        """The live server that is changed or replaced."""
        return None if self.diff is None else self.diff.match.live

    @property
    def is_reinstalled(self) -> bool:
        """True if another image is installed on the same server."""
        return self.diff is not None and self.diff.action is Action.REINSTALL


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStack:
    """One stack with everything that its plan does, in the plan's order."""

    stack: Stack
    diffs: tuple[ServerDiff, ...]
    steps: Mapping[str, tuple[Step, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """All that a check may look at."""

    stacks: tuple[PlannedStack, ...]
    changed: tuple[Subject, ...]
    account: Account

    @property
    def created(self) -> Iterator[Subject]:
        """The servers for which a create request is sent, replaced ones included."""
        return (subject for subject in self.changed if subject.is_created)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that would be refused, at a part of a field. Without a field it is the server."""

    subject: Subject
    what: str
    field: str = ""
    path: tuple[str | int, ...] = ()
    hint: str = ""
    severity: Severity = Severity.ERROR


FindPlanned = Callable[[Planned], Iterator[Finding]]
FindOffline = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check. `title` is what it is about, in the words of docs/checks.md.

    `find` looks at a plan, `find_offline` at one server of a file, without any account. `validate`
    makes every check that has a `find_offline`. A plan makes every check: by `find`, which may need
    the account or leave a server out, and without `find` by `find_offline` of each server that is
    created or changed. `reads` are the catalogues without which it is silent, asked for where a
    server has that `use`. A check with neither function is made by the file's schema, where it has
    the same code.
    """

    code: str
    title: str
    find: FindPlanned | None = None
    find_offline: FindOffline | None = None
    use: Use | None = None
    reads: frozenset[str] = field(default_factory=frozenset)

    def find_in_plan(self, planned: Planned) -> Iterator[Finding]:
        """What is wrong with a plan."""
        if self.find is not None:
            yield from self.find(planned)
        elif self.find_offline is not None:
            for subject in planned.changed:
                yield from self.find_offline(subject)

    @property
    def is_of_schema(self) -> bool:
        """True if it is made while a file is loaded, and cannot be left out."""
        return self.find is None and self.find_offline is None


def suggest(wrong: str, choices: Iterable[str], *, what: str) -> str:
    """A hint that names what can be chosen, the nearest first."""
    nearest, shown = _list_choices(wrong, choices)
    if nearest is not None:
        return f"did you mean {nearest}? {what}: {shown}"
    return f"{what}: {shown}" if shown else ""


def list_choices(wrong: str, choices: Iterable[str]) -> str:
    """What can be chosen, the nearest first, where what was written is no mistake by itself."""
    return _list_choices(wrong, choices)[1]


def _list_choices(wrong: str, choices: Iterable[str]) -> tuple[str | None, str]:
    every = list(dict.fromkeys(choices))
    near = get_close_matches(wrong, every, n=3, cutoff=0.6)
    ordered = [*near, *(choice for choice in every if choice not in near)]
    return next(iter(near), None), join_names(ordered, most=MAX_CHOICES)


def judge_absence(catalogue: Sized) -> Severity:
    """How sure it is that what a catalogue lacks is not there: the API document shows one object
    where it means a list, so one entry alone may not be all."""
    return Severity.ERROR if len(catalogue) > 1 else Severity.WARNING


def find_image(subject: Subject, account: Account) -> Image | None:
    """The catalogue's entry of the declared image; None where there is none, or no catalogue."""
    declared = subject.spec.value("image")
    return next((image for image in account.images or () if image.image == declared), None)
