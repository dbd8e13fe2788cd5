"""Flags as values: what several options say together is one frozen value.

gather.py hands them to a command. How an option is spelled belongs to options.py, what the value
means to the workflow that it goes to.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from ccloud_apply.cli.limits import read_limits
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.cli.params.project import choose_project
from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.plan.checks.registry import parse_codes
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.render.registry import RenderOptions
from ccloud_apply.workflows.account.connection import Execution
from ccloud_apply.workflows.inputs.no_stack import OnSkipped
from ccloud_apply.workflows.inputs.project import find_project, open_project
from ccloud_apply.workflows.inputs.stacks import LoadedStacks, StackRequest, require_stacks


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFlags:
    """[PATH...] with `--var` and `--var-file`."""

    paths: tuple[str, ...]
    variables: tuple[str, ...]
    var_file: str | None

    def request(self, flags: Flags, environment: Mapping[str, str]) -> StackRequest:
        """Which stacks are meant, of which project, and what limits them.

        Raises UsageError for a `--var` or a CCLOUD_LIMIT_... that is none, and for `--project`
        beside `--no-project`.
        """
        return StackRequest(
            paths=self.paths,
            variables=parse_variables(self.variables),
            var_file=self.var_file,
            limits=read_limits(environment),
            project=choose_project(flags, environment),
        )

    def load_given(
        self, flags: Flags, environment: Mapping[str, str], on_skipped: OnSkipped
    ) -> LoadedStacks:
        """The stacks, for a command that needs none: without a PATH those of the project, and none
        where there is no project.

        Raises UsageError, also for variables of no stack, and StackError.
        """
        request = self.request(flags, environment)
        if self.paths or find_project(request.project) is not None:
            return require_stacks(request, environment, on_skipped)
        return self._load_none(request)

    def load_named(
        self, flags: Flags, environment: Mapping[str, str], on_skipped: OnSkipped
    ) -> LoadedStacks:
        """The stacks of the PATHs; without a PATH there are none, whatever the project has.

        Raises UsageError, also for variables of no stack, and StackError.
        """
        request = self.request(flags, environment)
        return (
            require_stacks(request, environment, on_skipped)
            if self.paths
            else self._load_none(request)
        )

    def _load_none(self, request: StackRequest) -> LoadedStacks:
        """No stack, and the project of the current folder."""
        if self.variables or self.var_file:
            raise UsageError("--var and --var-file are for stacks", hint="name the stack files")
        opened = open_project(request.project, limits=request.limits)
        return LoadedStacks(stacks=(), diagnostics=(), project=opened)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFlags:
    """What is planned: `--target`, `--exclude`, `--replace`, `--accept`, `--retry`,
    `--allow-destroy`, `--destroy`, `--retire-now`, `--no-checks`, `--no-cost`, `--defer`,
    `--override-window` and `--at`."""

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    retry: tuple[str, ...] = ()
    allow_destroy: int | None = None
    destroy: bool = False
    no_checks: tuple[str, ...] = ()
    no_cost: bool = False
    defer: bool = False
    override_window: str | None = None
    retire_now: bool = False
    at: str | None = None

    def options_for(self, stacks: StackFlags) -> PlanOptions:
        """How to plan these stacks. Raises UsageError as `options`, and for a `--destroy` that
        would take every stack of the project because none is named."""
        if self.destroy and not stacks.paths:
            raise UsageError(
                "--destroy needs a PATH",
                hint="name the stack files or folders: --destroy never takes all stacks of a"
                " project"
                " by itself",
            )
        return self.options()

    def options(self) -> PlanOptions:
        """How to plan. Raises UsageError for a `--no-checks` that is no check, for `--destroy`
        beside `--replace`, which would build nothing again, and for an `--override-window` without
        a reason, or beside `--defer`, and for an `--at` that is no moment."""
        if self.destroy and self.replace:
            raise UsageError("--destroy and --replace exclude each other", hint="give one of them")
        return PlanOptions(
            target=self.target,
            exclude=self.exclude,
            replace=self.replace,
            accept=self.accept,
            retry=self.retry,
            is_destroy=self.destroy,
            allow_destroy=self.allow_destroy,
            no_checks=parse_codes(self.no_checks),
            is_deferring=self.defer,
            override_window=parse_override(self.override_window, is_deferring=self.defer),
            retires_now=self.retire_now,
            moment=None if self.at is None else read_moment(self.at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceFlags:
    """`--parallelism`, `--timeout` and `--lock-timeout`; times are seconds."""

    parallelism: int
    timeout: float
    lock_timeout: float = 0

    def execution(self) -> Execution:
        """How to apply, with what suits the connection for all else."""
        return Execution(
            parallelism=self.parallelism,
            timeout_s=self.timeout,
            lock_timeout_s=self.lock_timeout,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFlags:
    """`--auto-approve`, `--allow` and `--rehearse`: what may happen, and who is asked."""

    auto_approve: bool
    allow: str | None = None
    is_rehearsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFlags:
    """`--format`, `--out`, `--write`, `--full` and `--summary`."""

    format_name: str
    out: str | None = None
    write: tuple[str, ...] = ()
    full: bool = False
    summary: bool = False

    def options(self) -> RenderOptions:
        """How to show a plan. Raises UsageError for `--full` beside `--summary`."""
        if self.full and self.summary:
            raise UsageError("--full and --summary exclude each other", hint="give one of them")
        return RenderOptions(is_full=self.full, is_summary=self.summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFlags:
    """What is told of drift: `--save`, `--since`, `--webhook`, `--unmanaged` and `--lists-only`."""

    save: str | None
    since: str | None
    webhook: str | None
    unmanaged: bool
    lists_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFlags:
    """How a server is moved between subscriptions: `--auto-approve`, `--force` and `--format`."""

    auto_approve: bool
    force: bool
    format_name: str


def parse_override(reason: str | None, *, is_deferring: bool = False) -> str:
    """The reason of `--override-window` on one line; empty where it is not given.

    Raises UsageError for an empty one, and beside `--defer`: nothing would be left to defer.
    """
    if reason is None:
        return ""
    words = " ".join(reason.split())
    if not words:
        raise UsageError(
            "--override-window: the reason is missing",
            hint='such as --override-window "disk full, ticket 4711"',
        )
    if is_deferring:
        raise UsageError(
            "--defer and --override-window exclude each other", hint="give one of them"
        )
    return words


def read_moment(text: str) -> datetime:
    """The instant of `--at`. Raises UsageError."""
    from ccloud_apply.plan.windows.moment import parse_moment  # few plans ask for it

    return parse_moment(text)


def parse_variables(assignments: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` of `--var`; the last of two wins. Raises UsageError."""
    variables: dict[str, str] = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator or not name:
            raise UsageError("--var: expected NAME=VALUE", hint="such as --var size=4")
        variables[name] = value
    return variables
