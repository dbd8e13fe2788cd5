"""The head of a JSON document about an account, which `account_line.py` is for text."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import encode_account
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.json_text import dump_json


def dump_of_account(account: PlanAccount | None, parts: Mapping[str, Any]) -> str:
    """`{"format_version", "account", ...}` with a line break; without an account that is None."""
    head = {"format_version": FORMAT_VERSION, **encode_account(account)}
    return dump_json({**head, **parts}) + "\n"
