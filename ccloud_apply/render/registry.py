"""Every format of every document: one row each, found by the document's and the format's name.

A new format is its module and its row. A renderer's module is imported when it is first used, so
this module costs a command's start nothing. Where the text goes belongs to the caller.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccloud_apply.model.results.plan import PlanAccount
    from ccloud_apply.render.lib.style import Style

_PACKAGE = "ccloud_apply.render"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How to show a value. A format ignores what it has no use for.

    `is_coloured` allows ANSI colours, `show_steps` adds a plan's requests, `has_unmanaged` adds
    the servers that no stack declares, `has_stack` names the stack in each event. `account` is
    whose the value is, where the value itself does not say it.
    """

    is_coloured: bool = False
    show_steps: bool = False
    has_unmanaged: bool = False
    has_stack: bool = False
    account: "PlanAccount | None" = None

    @property
    def style(self) -> "Style":
        """The colours as the text renderers take them."""
        from ccloud_apply.render.lib.style import Style

        return Style(self.is_coloured)


@dataclass(frozen=True, slots=True)
class Format:
    """A row: the function `function` of `render/<module>` makes the document in this format.

    The function takes the value, and by name the attributes of RenderOptions in `takes`. A format
    that `shows_unchanged` needs a plan with its unchanged fields. One `without_warnings` has no
    place for their texts: standard error has to say them. One that `is_public` holds nothing but
    names and numbers, so that a file of it may be readable by every user. One that `shows_commit`
    has a place for the commit of the stack files.

    A document that goes to a file says how such a file is known again: `starts` is the pattern of
    its beginning, or `keys` are those that its JSON has at the top.
    """

    document: str
    name: str
    module: str
    function: str
    takes: tuple[str, ...] = ()
    shows_unchanged: bool = False
    without_warnings: bool = False
    is_public: bool = False
    shows_commit: bool = False
    starts: str = ""
    keys: tuple[str, ...] = ()

    def render(self, value: Any, options: RenderOptions) -> str:
        """The document; empty where the format has nothing to say of the value."""
        function = getattr(import_module(f"{_PACKAGE}.{self.module}"), self.function)
        text: str | None = function(value, **{name: getattr(options, name) for name in self.takes})
        return text or ""


_STYLE = ("style",)
_ACCOUNT = ("account",)
_UNMANAGED = ("has_unmanaged",)
_ACCOUNT_LINE = r"Account .*, ccloud-apply \d"
_PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"
)

FORMATS: tuple[Format, ...] = (
    Format(
        "plan",
        "text",
        "plan.text",
        "render_plan",
        ("style", "show_steps"),
        starts=_ACCOUNT_LINE,
    ),
    Format(
        "plan",
        "json",
        "plan.json_document",
        "render_plan_json",
        shows_commit=True,
        keys=("format_version", "stacks"),
    ),
    Format(
        "plan",
        "markdown",
        "plan.markdown",
        "render_plan_markdown",
        starts="<!-- ccloud-apply:plan",
    ),
    Format(
        "plan",
        "html",
        "plan.html_document",
        "render_plan_html",
        shows_commit=True,
        starts=_PAGE,
    ),
    Format(
        "plan",
        "terraform-json",
        "plan.terraform.document",
        "render_plan_terraform",
        shows_unchanged=True,
        without_warnings=True,
        keys=("resource_changes", "x_ccloud"),
    ),
    Format(
        "plan",
        "gitlab",
        "plan.gitlab",
        "render_plan_gitlab",
        without_warnings=True,
        keys=("create", "update", "delete"),
    ),
    Format(
        "drift",
        "text",
        "drift.text",
        "render_drift",
        ("style", "has_unmanaged"),
        starts=rf"{_ACCOUNT_LINE}|Stack [^\n]+ \(",
    ),
    Format(
        "drift",
        "json",
        "drift.json_document",
        "render_drift_json",
        shows_commit=True,
        keys=("format_version", "stacks", "unmanaged"),
    ),
    Format(
        "drift",
        "markdown",
        "drift.markdown",
        "render_drift_markdown",
        _UNMANAGED,
        starts="<!-- ccloud-apply:drift",
    ),
    Format(
        "drift",
        "html",
        "drift.html_document",
        "render_drift_html",
        _UNMANAGED,
        shows_commit=True,
        starts=_PAGE,
    ),
    Format(
        "drift",
        "junit",
        "drift.junit",
        "render_drift_junit",
        _UNMANAGED,
        starts=r"<\?xml[^\n]*\?>\n<testsuites name=\"ccloud-apply drift\"",
    ),
    Format(
        "drift",
        "prometheus",
        "drift.prometheus",
        "render_drift_prometheus",
        is_public=True,
        starts="# HELP ccloud_apply_drift_",
    ),
    Format("graph", "mermaid", "graph.mermaid", "render_graph_mermaid"),
    Format("graph", "dot", "graph.dot", "render_graph_dot"),
    Format("graph", "svg", "graph.svg", "render_graph_svg"),
    Format("catalog", "text", "other.catalog_text", "render_catalog", _STYLE),
    Format("catalog", "json", "other.catalog_json", "render_catalog_json", _ACCOUNT),
    Format("tasks", "text", "other.tasks_text", "render_tasks", _STYLE),
    Format("tasks", "json", "other.tasks_json", "render_tasks_json", _ACCOUNT),
    Format("journal", "text", "other.journal_text", "render_journals", _STYLE),
    Format("journal", "json", "other.journal_json", "render_journals_json"),
    Format("rehearsal", "text", "other.rehearsal_text", "render_rehearsal", _STYLE),
    Format("rehearsal", "json", "other.rehearsal_json", "render_rehearsal_json"),
    Format("validation", "text", "other.validation_text", "render_validation"),
    Format("validation", "json", "other.diagnostics_json", "render_validation_json"),
    Format("diagnostics", "text", "other.diagnostics_text", "render_diagnostics", _STYLE),
    Format("diagnostics", "json", "other.diagnostics_json", "render_errors_json"),
    Format("event", "text", "apply.events_text", "render_event", ("style", "has_stack")),
    Format("event", "json", "apply.events_json", "render_event_json"),
)
"""Of each document the first format is the default."""


def formats_of(document: str) -> tuple[str, ...]:
    """The names of a document's formats, the default one first."""
    return tuple(row.name for row in FORMATS if row.document == document)


def find_format(document: str, name: str) -> Format:
    """The row of a document's format. Raises KeyError for one that does not exist."""
    for row in FORMATS:
        if (row.document, row.name) == (document, name):
            return row
    raise KeyError(f"{document} has no format {name}")


def render(
    document: str, format_name: str, value: Any, options: RenderOptions | None = None
) -> str:
    """The value as a document in this format. Raises KeyError for a format that does not exist."""
    return find_format(document, format_name).render(value, options or RenderOptions())
