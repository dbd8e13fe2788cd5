"""The flags of `new` as values, what is wrong with them where nobody can be asked, and where a new
file may stand."""

import os
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.ownership import KEY_RULE, STACK_RULE, is_key, is_stack_name
from ccloud_apply.workflows.export.write import build_exists_error

TYPES = ("unmanaged", "managed")

NEEDED = ("pool", "image", "cores", "memory", "disk")
"""The flags without which no server can be declared; all others have a default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewServerFlags:
    """`--stack`, and what the new servers are like. Sizes are in GB, the system disk first."""

    stack: str | None = None
    key: str | None = None
    count: int | None = None
    pool: str | None = None
    type_name: str | None = None
    image: str | None = None
    cores: int | None = None
    memory: int | None = None
    disk: tuple[int, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The needed flags that are not given."""
        return tuple(f"--{name}" for name in NEEDED if getattr(self, name) in (None, ()))

    @property
    def has_server(self) -> bool:
        """True if any flag says that there are to be new servers."""
        is_any = len(self.missing) < len(NEEDED)
        return is_any or any(one is not None for one in (self.key, self.count, self.type_name))


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptFlags:
    """`--adopt` and `--adopt-all`: which servers of the account the stack takes over."""

    adopt: tuple[str, ...] = ()
    adopt_all: bool = False

    @property
    def is_given(self) -> bool:
        """True if servers are to be adopted."""
        return bool(self.adopt) or self.adopt_all


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineFlags:
    """`--pipeline`, and what its files are filled with."""

    pipeline: str | None = None
    stacks: str | None = None
    watch: tuple[str, ...] = ()
    branch: str | None = None
    nightly: bool = False
    source: str | None = None
    commit: str | None = None

    @property
    def beside(self) -> tuple[str, ...]:
        """The given flags that mean something with `--pipeline` alone."""
        names = ("stacks", "watch", "branch", "nightly", "source", "commit")
        return tuple(f"--{name}" for name in names if getattr(self, name) not in (None, False, ()))


def require_free_place(file: str) -> None:
    """Raises UsageError for a file that exists, and for a folder that does not."""
    if os.path.lexists(file):
        raise build_exists_error(file)
    folder = Path(file).parent
    if not folder.is_dir():
        raise UsageError(f"the folder {folder} does not exist", hint="make it first")


def check_kind(
    project: bool, pipeline: PipelineFlags, server: NewServerFlags, adopt: AdoptFlags
) -> None:
    """Raises UsageError for flags of one kind of file where another is to be written."""
    if project and pipeline.pipeline is not None:
        raise UsageError("--project and --pipeline exclude each other", hint="give one of them")
    if pipeline.pipeline is None and pipeline.beside:
        raise UsageError(
            f"{', '.join(pipeline.beside)} {'is' if len(pipeline.beside) == 1 else 'are'} for"
            " --pipeline alone",
            hint="ccloud-apply new --pipeline HOST",
        )
    flag = "--project" if project else "--pipeline"
    has_kind = project or pipeline.pipeline is not None
    if has_kind and (server.stack is not None or server.has_server or adopt.is_given):
        kind = "a project file, which declares" if project else "a pipeline, which declares"
        raise UsageError(
            f"{flag} writes {kind} no server", hint=f"leave out {flag} to write a stack file"
        )


def check_flags(server: NewServerFlags, adopt: AdoptFlags, *, can_ask: bool) -> None:
    """Raises UsageError for a name that is none, for flags that exclude each other, and for flags
    that are missing where nobody can be asked."""
    if server.stack is not None and not is_stack_name(server.stack):
        raise UsageError(f"--stack: a stack's name is {STACK_RULE}")
    if server.key is not None and not is_key(server.key):
        raise UsageError(f"--key: a server's key is {KEY_RULE}")
    if adopt.adopt and adopt.adopt_all:
        raise UsageError("--adopt and --adopt-all exclude each other", hint="give one of them")
    if can_ask or not server.missing:
        return
    if server.has_server or not adopt.is_given:
        raise UsageError(
            "standard input is not a terminal, so nobody can be asked, and"
            f" {', '.join(server.missing)} {'is' if len(server.missing) == 1 else 'are'} missing",
            hint="give these flags (`ccloud-apply catalog pools` and `catalog images` list names),"
            " or --adopt-all alone to adopt what the account has",
        )
