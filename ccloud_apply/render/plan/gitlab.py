"""The numbers of created, updated and deleted servers, as GitLab's terraform report.

A merge request shows these three numbers. A replaced server counts as deleted and created, and so
does a server that stays and loses data.
"""

from ccloud_apply.model.results.plan import Action, Plan
from ccloud_apply.render.lib.json_text import dump_json


def render_plan_gitlab(plan: Plan) -> str:
    """`{"create", "update", "delete"}` of all stacks on one line."""
    servers = [server for stack in plan.stacks for server in stack.told_servers()]
    actions = [server.action for server in servers]
    anew = (Action.REPLACE, Action.REINSTALL)
    replaced = sum(s.action in anew or s.loses_data for s in servers)
    created = actions.count(Action.CREATE) + replaced
    deleted = actions.count(Action.DESTROY) + replaced
    report = {
        "create": created,
        "update": len(actions) + replaced - created - deleted,
        "delete": deleted,
    }
    return dump_json(report, indent=None) + "\n"
