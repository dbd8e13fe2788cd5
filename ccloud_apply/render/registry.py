"""Every format of every document: one row each, found by the document's and the format's name.

A new format is its module and its row. A renderer's module is imported when it is first used, so
this module costs a command's start nothing. Where the text goes belongs to the caller.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ccloud_apply.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from ccloud_apply.model.results.plan import PlanAccount
    from ccloud_apply.render.lib.style import Style

_PACKAGE = "ccloud_apply.render"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How to show a value. A format ignores what it has no use for.

    `is_coloured` allows ANSI colours, `width` is the terminal's in columns, and one that `is_ascii`
    can show nothing else. `show_steps` adds a plan's requests, `is_full` shows each server of a
    plan by itself, `is_summary` a plan on one screen. `has_unmanaged` adds the servers that no
    stack declares, `has_stack` names the stack in each event. `account` is whose the value is,
    where the value itself does not say it. `is_file` makes an inventory file where a script prints
    something else, `host` is the one that such a script was asked for, `port` that of the exporters
    which Prometheus asks.
    """

    is_coloured: bool = False
    show_steps: bool = False
    is_full: bool = False
    is_summary: bool = False
    has_unmanaged: bool = False
    has_stack: bool = False
    account: "PlanAccount | None" = None
    is_file: bool = False
    host: str | None = None
    port: int = 9100
    width: int = 80
    is_ascii: bool = False

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
    names, numbers and addresses, and is read by another user's program: so may every user. One that
    `shows_commit` has a place for the commit of the stack files.

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
_HOSTS_FILE = "# Written by ccloud-apply inventory"
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
        ("style", "show_steps", "is_full", "is_summary"),
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
        ("is_full",),
        starts="<!-- ccloud-apply:plan",
    ),
    Format(
        "plan",
        "html",
        "plan.html_document",
        "render_plan_html",
        ("is_full",),
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
    Format("explain", "text", "explain.text", "render_explanation", _STYLE),
    Format("explain", "json", "explain.json_document", "render_explanation_json"),
    Format("graph", "mermaid", "graph.mermaid", "render_graph_mermaid"),
    Format("graph", "dot", "graph.dot", "render_graph_dot"),
    Format("graph", "svg", "graph.svg", "render_graph_svg"),
    Format(
        "inventory",
        "text",
        "inventory.text",
        "render_inventory",
        _STYLE,
        without_warnings=True,
        starts=_ACCOUNT_LINE,
    ),
    Format(
        "inventory",
        "json",
        "inventory.json_document",
        "render_inventory_json",
        shows_commit=True,
        keys=("format_version", "servers", "monthly_total"),
    ),
    Format(
        "inventory",
        "csv",
        "inventory.csv_table",
        "render_inventory_csv",
        without_warnings=True,
        starts="stack,key,hostname,",
    ),
    Format(
        "inventory",
        "ansible",
        "inventory.ansible",
        "render_inventory_ansible",
        ("host", "is_file"),
        without_warnings=True,
        keys=("all",),
    ),
    Format(
        "inventory",
        "ssh-config",
        "inventory.ssh_config",
        "render_inventory_ssh_config",
        without_warnings=True,
        starts=_HOSTS_FILE,
    ),
    Format(
        "inventory",
        "hosts",
        "inventory.hosts",
        "render_inventory_hosts",
        without_warnings=True,
        is_public=True,
        starts=_HOSTS_FILE,
    ),
    Format(
        "inventory",
        "prometheus",
        "inventory.prometheus",
        "render_inventory_prometheus",
        ("port",),
        without_warnings=True,
        is_public=True,
        starts=r'\[\]\s*$|\[\s*{\s*"targets": \[',
    ),
    Format(
        "inventory",
        "html",
        "inventory.html_document",
        "render_inventory_html",
        shows_commit=True,
        starts=_PAGE,
    ),
    Format("catalog", "text", "other.catalog_text", "render_catalog", _STYLE),
    Format("catalog", "json", "other.catalog_json", "render_catalog_json", _ACCOUNT),
    Format("tasks", "text", "other.tasks_text", "render_tasks", _STYLE),
    Format("tasks", "json", "other.tasks_json", "render_tasks_json", _ACCOUNT),
    Format("invoices", "text", "billing.invoices_text", "render_invoices", _STYLE),
    Format("invoices", "json", "billing.invoices_json", "render_invoices_json", _ACCOUNT),
    Format("invoice", "text", "billing.invoices_text", "render_invoice", _STYLE),
    Format("invoice", "json", "billing.invoices_json", "render_invoice_json", _ACCOUNT),
    Format("reports", "text", "billing.reports", "render_reports"),
    Format("reports", "json", "billing.reports", "render_reports_json", _ACCOUNT),
    Format("subscriptions", "text", "billing.subscriptions_text", "render_subscriptions", _STYLE),
    Format(
        "subscriptions",
        "json",
        "billing.subscriptions_json",
        "render_subscriptions_json",
        _ACCOUNT,
    ),
    Format("subscription", "text", "billing.subscriptions_text", "render_subscription", _STYLE),
    Format(
        "subscription", "json", "billing.subscriptions_json", "render_subscription_json", _ACCOUNT
    ),
    Format("move", "text", "billing.move_text", "render_move", _STYLE),
    Format("moved", "text", "billing.move_text", "render_moved", _STYLE),
    Format("moved", "json", "billing.subscriptions_json", "render_moved_json", _ACCOUNT),
    Format(
        "performance",
        "text",
        "performance.text",
        "render_performance",
        ("style", "width", "is_ascii"),
    ),
    Format("performance", "json", "performance.rows", "render_performance_json", _ACCOUNT),
    Format("performance", "csv", "performance.rows", "render_performance_csv"),
    Format("performance", "svg", "performance.svg", "render_performance_svg"),
    Format("journal", "text", "other.journal_text", "render_journals", _STYLE),
    Format("journal", "json", "other.journal_json", "render_journals_json"),
    Format("rehearsal", "text", "other.rehearsal_text", "render_rehearsal", _STYLE),
    Format("rehearsal", "json", "other.rehearsal_json", "render_rehearsal_json"),
    Format("resolved", "json", "resolved.json_document", "render_resolved_json"),
    Format("validation", "text", "other.validation_text", "render_validation"),
    Format("validation", "json", "other.diagnostics_json", "render_validation_json"),
    Format("formatting", "text", "other.formatting_text", "render_formatting"),
    Format("formatting", "diff", "other.formatting_text", "render_formatting_diff", _STYLE),
    Format("diagnostics", "text", "other.diagnostics_text", "render_diagnostics", _STYLE),
    Format("diagnostics", "json", "other.diagnostics_json", "render_errors_json"),
    Format("api", "json", "api.answer_json", "render_answer_json"),
    Format("api", "text", "api.answer_text", "render_answer", _STYLE),
    Format("operations", "text", "api.operations", "render_operations"),
    Format("operations", "json", "api.operations", "render_operations_json"),
    Format("operation", "text", "api.operation_help", "render_operation_help"),
    Format("event", "text", "apply.events_text", "render_event", ("style", "has_stack")),
    Format("event", "json", "apply.events_json", "render_event_json"),
    Format("fleet-status", "text", "fleet.status_text", "render_fleet_status", _STYLE),
    Format("fleet-status", "json", "fleet.json_document", "render_fleet_status_json"),
    Format("fleet-history", "text", "fleet.history_text", "render_fleet_history", _STYLE),
    Format("fleet-history", "json", "fleet.json_document", "render_fleet_history_json"),
    Format("fleet-run", "text", "fleet.history_text", "render_fleet_run", _STYLE),
    Format("fleet-run", "json", "fleet.json_document", "render_fleet_run_json"),
    Format("fleet-audit", "text", "fleet.history_text", "render_fleet_audit", _STYLE),
    Format("fleet-audit", "json", "fleet.json_document", "render_fleet_audit_json"),
    Format("fleet-check", "text", "fleet.check", "render_fleet_check", _STYLE),
    Format("fleet-check", "json", "fleet.check", "render_fleet_check_json"),
    Format("made", "text", "apply.made", "render_made", ("style", "has_stack")),
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
