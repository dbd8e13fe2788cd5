"""A value on standard output, in the format that was asked for; `plan` and `show` share it."""

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.model.results.plan import Plan

PLAN_FORMATS = ("text", "json", "markdown", "html", "terraform-json", "gitlab")

FORMATS_OF_ALL_VALUES = frozenset({"terraform-json"})
"""Those that show unchanged fields too."""


def show_plan(terminal: Terminal, plan: Plan, format_name: str) -> None:
    """Write a plan in one of PLAN_FORMATS."""
    terminal.write_result(_render(terminal, plan, format_name))


def _render(terminal: Terminal, plan: Plan, format_name: str) -> str:
    match format_name:
        case "json":
            from ccloud_apply.render.plan.json_document import render_plan_json

            return render_plan_json(plan)
        case "markdown":
            from ccloud_apply.render.plan.markdown import render_plan_markdown

            return render_plan_markdown(plan)
        case "html":
            from ccloud_apply.render.plan.html_document import render_plan_html

            return render_plan_html(plan)
        case "gitlab":
            from ccloud_apply.render.plan.gitlab import render_plan_gitlab

            return render_plan_gitlab(plan)
        case "terraform-json":
            from ccloud_apply.render.plan.terraform import render_plan_terraform

            return render_plan_terraform(plan)
    from ccloud_apply.render.lib.style import Style
    from ccloud_apply.render.plan.text import render_plan

    return render_plan(plan, Style(terminal.has_coloured_output))
