"""Plan files: what `plan --out` writes, and what `show` and `apply` make of one.

The document's form belongs to model/documents/saved_plan.py. A plan file holds the options of its
command line, so that applying it can plan again in the same way.
"""

import json
from dataclasses import replace
from pathlib import Path

from ccloud_apply.errors import StalePlanError, UsageError
from ccloud_apply.files import write_private
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.documents.document import CodecError, Node
from ccloud_apply.model.documents.saved_plan import (
    KIND,
    SavedPlan,
    decode_saved_plan,
    encode_saved_plan,
)
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.kinds import with_kinds_in
from ccloud_apply.plan.matching.match import Asked
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.own_file import require_ending, require_own_file
from ccloud_apply.workflows.inputs.project import ENV_VARIABLE, ProjectChoice, find_project
from ccloud_apply.workflows.inputs.stacks import StackRequest

_STACK_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What a plan is made from: stacks, variables, options."""

    stacks: StackRequest
    options: PlanOptions


def require_plan_place(path: str) -> None:
    """Raises UsageError where writing a plan file would overwrite something else, and for a name
    that is another document's."""

    def way_out(format_name: str) -> str:
        is_format = format_name in formats_of("plan")
        other = Path(path).with_suffix(".plan")
        return f"--write {format_name}={path}" if is_format else f"--out {other}"

    require_ending("--out", path, "plan", way_out)
    require_own_file(path, "saved plan", lambda document: document.get("kind") == KIND)


def write_plan_file(path: str, plan: Plan, request: PlanRequest, *, key: str | None = None) -> str:
    """Write a plan file that nobody else can read, and give back its digest.

    The choice of a project has to be settled. With a `key` the file is signed. Raises UsageError if
    it cannot be written.
    """
    options = request.options
    document = encode_saved_plan(
        plan,
        paths=request.stacks.paths,
        options={
            "variables": dict(request.stacks.variables),
            "var_file": request.stacks.var_file,
            "project": request.stacks.project.file,
            "no_project": request.stacks.project.is_off,
            "env": request.stacks.project.env,
            "target": options.target,
            "exclude": options.exclude,
            "replace": options.replace,
            "accept": options.accept,
            "retry": options.retry,
            "is_destroy": options.is_destroy,
            "allow_destroy": options.allow_destroy,
            "no_checks": tuple(sorted(options.no_checks)),
            "retires_now": options.retires_now,
            "is_deferring": options.is_deferring,
        },
        key=key,
    )
    write_private(Path(path), dump_json(document) + "\n")
    digest: str = document["digest"]
    return digest


def read_plan_file(path: str, *, key: str | None = None) -> SavedPlan:
    """Read one. Raises UsageError for a file that is none, was edited, or is a later version's, and
    with a `key` for one that is not signed with it."""
    try:
        saved = decode_saved_plan(json.loads(_read(path)), key=key)
        return replace(saved, plan=with_kinds_in(saved.plan))
    except CodecError as error:
        problem = str(error)
    except (ValueError, RecursionError):
        problem = "this is not a saved plan of ccloud-apply"
    hint = "`ccloud-apply plan PATH... --out FILE` writes one"
    if key is not None:
        hint += ", signed if the same CCLOUD_PLAN_KEY is set there"
    raise UsageError(f"{path}: {problem}", hint=hint)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def read_request(saved: SavedPlan) -> PlanRequest:
    """What a saved plan was made from. Raises UsageError if its options are not ours."""
    options = Node(dict(saved.options), "options")
    try:
        cap = options["allow_destroy"]
        return PlanRequest(
            stacks=StackRequest(
                paths=saved.paths,
                variables={name: node.value for name, node in options["variables"].items()},
                var_file=options["var_file"].text_or_none(),
                project=ProjectChoice(
                    file=options.get("project", None).text_or_none(),
                    is_off=options.get("no_project", False).flag(),
                    env=options.get("env", None).text_or_none(),
                    env_origin="the saved plan",
                ),
            ),
            options=PlanOptions(
                target=_texts(options["target"]),
                exclude=_texts(options["exclude"]),
                replace=_texts(options.get("replace", [])),
                accept=_texts(options.get("accept", [])),
                retry=_texts(options.get("retry", [])),
                is_destroy=options["is_destroy"].flag(),
                allow_destroy=None if cap.value is None else cap.number(),
                no_checks=frozenset(_texts(options["no_checks"])),
                retires_now=options.get("retires_now", False).flag(),
                is_deferring=options.get("is_deferring", False).flag(),
                has_fingerprints=True,
                has_unchanged=True,
                today=None if saved.plan.read_at is None else saved.plan.read_at.date(),
            ),
        )
    except CodecError as error:
        raise UsageError(f"the saved plan does not say what it was made from: {error}") from error


def _texts(node: Node) -> tuple[str, ...]:
    return node.map(Node.text)


def read_given(
    stacks: StackRequest, options: PlanOptions, *, key: str | None = None
) -> tuple[PlanRequest, Plan | None]:
    """What is to be planned, and the plan that was saved where one file is a plan file.

    A plan file says what is planned and lifts no guard. Of its cap on destroyed servers only a zero
    counts, which tightens it. Its `accept` and `retry` are how it was planned, and so how it is
    planned again; whether they may lift what holds these servers is said beside it
    (`find_unrepeated`). Windows and freezes count as they are by now: a reason not to wait for them
    has to be given again, and one that was saved lifts nothing. So `allow_destroy`, `accept`,
    `retry`, `is_deferring` and `override_window` are the options that may stand there.

    Raises UsageError for a plan file that is none of ours, with a `key` for one that is not
    signed with it, and for other options beside one; StalePlanError where a project file has
    appeared since.
    """
    paths = stacks.paths
    if not is_plan_file(paths):
        return PlanRequest(stacks=stacks, options=options), None
    allow_destroy = options.allow_destroy
    others = replace(
        options, allow_destroy=None, accept=(), retry=(), is_deferring=False, override_window=""
    )
    if others != PlanOptions() or stacks.variables or stacks.var_file:
        raise UsageError(
            f"{paths[0]} is a saved plan, which contains its options and variables already",
            hint="give these options to `ccloud-apply plan`, and save the plan again",
        )
    file = read_plan_file(paths[0], key=key)
    request = read_request(file)
    _require_project(paths[0], stacks.project, request.stacks)
    override = options.override_window
    if request.options.allow_destroy == 0:
        allow_destroy = 0
    options = replace(
        request.options,
        allow_destroy=allow_destroy,
        is_deferring=options.is_deferring or (request.options.is_deferring and not override),
        override_window=override,
    )
    given = replace(request.stacks, limits=stacks.limits)
    return replace(request, stacks=given, options=options), file.plan


def _require_project(path: str, given: ProjectChoice, saved: StackRequest) -> None:
    """A plan file is for its own project and environment. Raises UsageError for others that are
    given beside it, and StalePlanError for a project file that was not there when it was saved."""
    planned = saved.project
    if given.file is not None or (given.is_off and not planned.is_off):
        raise UsageError(
            f"{path} is a saved plan, which names its project file already",
            hint="leave out --project and --no-project",
        )
    is_ignored = planned.is_off and given.env_origin == ENV_VARIABLE  # as --no-project ignores it
    if given.env not in (None, planned.env) and not is_ignored:
        was = "without an environment" if planned.env is None else f"for {planned.env}"
        raise UsageError(
            f"{given.env_origin} names the environment {escape_line(given.env or '')}, and {path}"
            f" was saved {was}",
            hint="apply the plan that was saved for it, or plan again",
        )
    if planned.file is None and not planned.is_off:
        found = find_project(planned, saved.paths)
        if found is not None:
            raise StalePlanError(
                f"stale plan: it was made without a project file, and {found} is there now",
                hint="plan again, and apply that plan",
            )


def find_unrepeated(planned: PlanOptions, given: PlanOptions) -> tuple[Diagnostic, ...]:
    """What holds a saved plan: each key that it accepts or retries and that is not named beside it.

    Such a key lifts what holds the server, and no option inside a plan file does that.
    """
    return tuple(
        Diagnostic(
            code="not-repeated",
            where=f"--{name}",
            what=f"the plan was saved with --{name} {key}, and a plan file lifts nothing that"
            " holds a server",
            hint=f"if this is intended, repeat with --{name} {key} beside the plan file",
            severity=Severity.HELD,
        )
        for name in (Asked.ACCEPT, Asked.RETRY)
        for key in getattr(planned, name)
        if key not in getattr(given, name)
    )


def find_held(saved: Plan) -> tuple[Diagnostic, ...]:
    """What holds a plan that was blocked when it was saved; no option beside it lifts that."""
    if not saved.held:
        return ()
    return (
        Diagnostic(
            code="saved-blocked",
            what="the plan was blocked when it was saved, so it cannot be applied, whatever"
            " options are given",
            hint="do what the hint of the guard says, then plan and save again",
            severity=Severity.HELD,
        ),
    )


def is_plan_file(paths: tuple[str, ...]) -> bool:
    """True if what `apply` was given is one file that is no stack file."""
    return (
        len(paths) == 1
        and not paths[0].lower().endswith(_STACK_ENDINGS)
        and Path(paths[0]).is_file()
    )
