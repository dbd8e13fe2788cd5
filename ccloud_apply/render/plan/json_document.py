"""A plan as the JSON document of the contract."""

from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.render.lib.json_text import dump_json


def render_plan_json(plan: Plan) -> str:
    """The plan as `schemas/plan.schema.json` describes it, with a line break at the end."""
    return dump_json(encode_plan(plan)) + "\n"
