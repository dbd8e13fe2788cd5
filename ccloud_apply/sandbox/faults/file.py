"""Reads a file of fault rules. The only module of this folder that opens files."""

from pathlib import Path
from typing import Any

import yaml

from ccloud_apply.sandbox.faults import check
from ccloud_apply.sandbox.faults.plan import FaultPlan

MAX_BYTES = 1024 * 1024


class FaultFileError(ValueError):
    """An unusable file of fault rules; the message has a line for each mistake."""


def read_faults(path: str) -> FaultPlan:
    """The plan of a YAML or JSON file. Raises FaultFileError with every mistake, and OSError."""
    with Path(path).open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise FaultFileError(f"{path}: larger than {MAX_BYTES // 1024} KiB")
    try:
        node = yaml.compose(raw, yaml.SafeLoader)
        data = yaml.safe_load(raw)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        text = getattr(error, "problem", None) or "not readable as YAML"
        raise FaultFileError(f"{place}: {text}") from None
    except (ValueError, RecursionError):
        raise FaultFileError(f"{path}: not readable as YAML") from None
    try:
        return FaultPlan.from_data(data)
    except check.FaultDataError as error:
        lines = (
            f"{path}{_find_place(node, where)}: {check.show_path(where)}{text}"
            for where, text in error.problems
        )
        raise FaultFileError("\n".join(lines)) from None


def _find_place(node: Any, path: check.Path) -> str:
    """`:LINE:COLUMN` of the value at the path, or of the innermost value around it."""
    for part in path:
        inner = None
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            inner = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            inner = next((value for key, value in node.value if key.value == part), None)
        if inner is None:
            break
        node = inner
    return f":{node.start_mark.line + 1}:{node.start_mark.column + 1}" if node else ""
