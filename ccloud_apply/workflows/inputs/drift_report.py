"""Saved drift reports: what `drift --save` writes and `--since` reads.

The file is the report's own JSON, so that anybody can read it. What is compared belongs to plan/.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccloud_apply.errors import UsageError
from ccloud_apply.files import write_private
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.render.drift.json_document import render_drift_json
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.registry import formats_of
from ccloud_apply.schemas import read_schema
from ccloud_apply.workflows.inputs.own_file import (
    require_ending,
    require_own_file,
    require_own_output,
)

_HINT = (
    "ccloud-apply drift PATH... --save FILE writes one; without the file (in a pipeline: without"
    " what its cache holds) all drift is new again"
)


def read_report(path: str) -> Mapping[str, Any] | None:
    """The earlier report, or None where there is no such file yet: the first night.

    Raises UsageError for a file that cannot be read or is no report of this version's format.
    """
    try:
        document = json.loads(Path(path).read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: this is not a drift report", hint=_HINT) from None
    import jsonschema_rs

    _fill_in(document)
    version = document.get("format_version") if isinstance(document, dict) else None
    if isinstance(version, str) and not version.startswith("1."):
        raise UsageError(
            f"{path}: a report of format {escape_line(version)} cannot be read by this version"
        )
    try:
        fits = jsonschema_rs.validator_for(read_schema("drift.schema.json")).is_valid(document)
    except UnicodeEncodeError:  # half a character
        fits = False
    if not fits:
        raise UsageError(f"{path}: this is not a drift report", hint=_HINT)
    found: Mapping[str, Any] = document
    return found


def require_comparable(path: str, earlier: Mapping[str, Any], report: DriftReport) -> None:
    """Raises UsageError for an earlier report of another environment or customer: what is known
    there would hide what is new here. What either does not tell is let pass."""
    env = earlier.get("env")
    before = (earlier["account"] or {}).get("customer_id")
    now = None if report.account is None else report.account.customer_id
    if env is not None and env != report.env:
        here = "of no environment" if report.env is None else f"of {report.env}"
        what = f"it is a report of the environment {escape_line(env)}, and this run is {here}"
    elif before is not None and now is not None and before != now:
        what = f"it is a report of customer {escape_line(before)}, and this account is of {now}"
    else:
        return
    raise UsageError(f"{path}: {what}", hint="keep a report of its own for each of them")


def _fill_in(document: Any) -> None:
    """Adds to a report of an earlier version what it did not tell yet; the schema judges the rest.

    Those named servers that were being built by their keys alone, and no other uncompared ones.
    """
    if not isinstance(document, dict) or not isinstance(document.get("stacks"), list):
        return
    document.setdefault("account", None)
    document.setdefault("other_stacks", [])
    for stack in document["stacks"]:
        if isinstance(stack, dict) and "unknown" not in stack:
            stack["unknown"] = []
            keys = stack.get("not_compared")
            if isinstance(keys, list):
                stack["not_compared"] = [{"key": k, "hostname": None, "why": ""} for k in keys]


def require_report_place(path: str) -> None:
    """Raises UsageError where saving a report would overwrite something else, and for a name that
    is another document's."""
    require_ending("--save", path, "json", lambda _: f"--save {Path(path).with_suffix('.json')}")
    require_own_file(
        path, "drift report", lambda document: {"stacks", "unmanaged"} <= set(document)
    )


def require_output_place(path: str, format_name: str) -> None:
    """The same for a report in one of the formats of drift."""

    def way_out(wanted: str) -> str:
        is_format = wanted in formats_of("drift")
        return f"--format {wanted} --out {path}" if is_format else "name another file"

    require_ending(f"--out with --format {format_name}", path, format_name, way_out)
    require_own_output(path, "drift", format_name)


def save_report(path: str, report: DriftReport) -> None:
    """Save a report, whole or not at all. Raises UsageError if it cannot be written."""
    write_private(Path(path), render_drift_json(report))
