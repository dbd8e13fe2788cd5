"""GitHub Actions: annotations, the step's summary and its outputs, where the runner says so.

Off everywhere else. A file of the runner that cannot be written is told once, and never fails a
command: what was done is done. What is written belongs to render/other/github.py.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Plan, StackPlan
from ccloud_apply.render.registry import render


def is_github(environment: Mapping[str, str] | None = None) -> bool:
    """True within a step of GitHub Actions."""
    environment = os.environ if environment is None else environment
    return environment.get("GITHUB_ACTIONS") == "true"


def annotate(terminal: Terminal, diagnostics: Sequence[Diagnostic]) -> None:
    """Show the diagnostics beside the lines that they are about. Standard error, as all notes."""
    if not is_github() or not diagnostics:
        return
    from ccloud_apply.render.other.github import render_annotations

    terminal.write_note(render_annotations(diagnostics, _locate))


def _locate(path: str) -> str | None:
    """The path below the workspace, or None outside of it."""
    workspace = os.environ.get("GITHUB_WORKSPACE", "")
    found = os.path.relpath(Path(path).resolve(), Path(workspace or ".").resolve())
    return None if found.startswith("..") else Path(found).as_posix()


def add_summary(terminal: Terminal, markdown: str) -> None:
    """Add to what the step's page shows."""
    from ccloud_apply.render.other.github import MAX_SUMMARY

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not is_github() or not path:
        return
    size = Path(path).stat().st_size if Path(path).is_file() else 0
    if size + len(markdown.encode()) > MAX_SUMMARY:
        terminal.write_note("warning: the step's summary is full; see the log")
        return
    _append(terminal, path, markdown + "\n")


def set_outputs(terminal: Terminal, values: Mapping[str, str]) -> None:
    """Set outputs of the step."""
    path = os.environ.get("GITHUB_OUTPUT")
    if not is_github() or not path:
        return
    from uuid import uuid4

    from ccloud_apply.render.other.github import render_outputs

    _append(terminal, path, render_outputs(values, f"ghadelimiter_{uuid4()}"))


def publish_plan(terminal: Terminal, plan: Plan, *, file: str | None, digest: str | None) -> None:
    """A plan on the step's page, its numbers as outputs, its guards and warnings as annotations."""
    if not is_github():
        return
    from ccloud_apply.cli.repeat import complete_plan, current_flags

    plan = complete_plan(plan, current_flags())
    add_summary(terminal, render("plan", "markdown", plan))
    warnings = (w for stack in plan.stacks for w in (*stack.warnings, *_warn_unknown(stack)))
    annotate(terminal, [*plan.held, *warnings])
    values = {
        "changes": _word(not plan.matches),
        "held": _word(bool(plan.held)),
        **{name: f"{count}" for name, count in plan.summary.items()},
        "retired": f"{sum(len(stack.retired) for stack in plan.stacks)}",
        "deferred": f"{sum(len(stack.deferred) for stack in plan.stacks)}",
    }
    if file is not None and digest is not None:
        values |= {"plan_file": file, "plan_digest": digest}
    set_outputs(terminal, values)


def _warn_unknown(stack: StackPlan) -> Iterator[Diagnostic]:
    """A line in a file has no other sign of a server that is not compared."""
    for server in stack.uncompared_servers():
        yield Diagnostic(
            code="not-compared",
            where=server.key,
            what=f"is not compared: {server.why}",
            severity=Severity.WARNING,
            source=server.source,
        )


def set_exit_code(code: int) -> None:
    """The command's exit code as an output; for steps that go on after a failure."""
    if is_github():
        set_outputs(Terminal(), {"exit_code": f"{code}"})


def _word(is_so: bool) -> str:
    return "true" if is_so else "false"


def _append(terminal: Terminal, path: str, text: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        terminal.write_note(f"warning: {path} cannot be written: {error.strerror}")
