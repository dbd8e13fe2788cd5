"""A value on standard output, in the format that was asked for; `plan` and `show` share it."""

from ccloud_apply.cli.terminal import Terminal
from ccloud_apply.model.plan import Plan

PLAN_FORMATS = ("text", "json")


def show_plan(terminal: Terminal, plan: Plan, format_name: str) -> None:
    """Write a plan in one of PLAN_FORMATS."""
    if format_name == "json":
        from ccloud_apply.render.plan_json import render_plan_json

        terminal.write_result(render_plan_json(plan))
        return
    from ccloud_apply.render.plan_text import render_plan
    from ccloud_apply.render.style import Style

    terminal.write_result(render_plan(plan, Style(terminal.has_coloured_output)))
