"""Stack files that a user could have written, with what comes of them."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ccloud_apply.load.stack.build import Loaded
from ccloud_apply.model.declared.source import SourceRange
from tests.conftest import ROOT
from tests.unit.load.conftest import Load

CASES = ROOT / "tests" / "cases" / "load"


def to_json(value: Any) -> Any:
    """A loaded value as JSON; places are line and column."""
    if isinstance(value, SourceRange):
        return f"{value.line}:{value.column}"
    if is_dataclass(value):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value) if f.compare}
    if isinstance(value, Mapping):
        return {name: to_json(child) for name, child in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [to_json(child) for child in value]
    return str(value) if isinstance(value, Decimal | date) else value


def render(loaded: Loaded) -> str:
    lines = []
    for found in loaded.diagnostics:
        where = f"{found.where}: " if found.where else ""
        lines.append(f"{found.severity}: {found.source}: {where}{found.what} [{found.code}]")
        if found.hint:
            lines.append(f"  hint: {found.hint}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_stack_file_comes_out_as_expected(case: str, load: Load, update_cases: bool) -> None:
    folder = CASES / case
    flags = folder / "variables.json"
    loaded = load(
        (folder / "stack.yaml").read_bytes(),
        flags=json.loads(flags.read_text()) if flags.exists() else {},
        missing=("missing.yaml",),
    )
    found = {"errors.txt": render(loaded)} if loaded.diagnostics else {}
    if loaded.stack is not None:
        found["expected.json"] = json.dumps(to_json(loaded.stack), indent=1) + "\n"
    if update_cases:
        for name in ("errors.txt", "expected.json"):
            (folder / name).unlink(missing_ok=True)
        for name, text in found.items():
            (folder / name).write_text(text, encoding="utf-8")
    expected = {
        path.name: path.read_text(encoding="utf-8")
        for path in folder.iterdir()
        if path.name in ("errors.txt", "expected.json")
    }
    assert found == expected
