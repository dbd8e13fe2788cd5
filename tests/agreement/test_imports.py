"""No two modules need each other: whoever reads one reads it without the other. No function is
longer than a page, and the contracts of imports are those that the architecture names."""

import ast
import tomllib
from pathlib import Path

from tests.conftest import ROOT
from tests.support.docs.pages import page, section, table_rows
from tests.support.imports import find_circles, read_imports


def test_no_modules_import_each_other_in_a_circle() -> None:
    imports = read_imports(ROOT / "ccloud_apply")
    assert sum(map(len, imports.values())) > 1000
    assert find_circles(imports) == []


def test_a_circle_through_a_function_is_found_and_one_of_types_is_none(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    texts = {
        "__init__": "__version__ = '1'\n",
        "one": "from pack.two import x\n",
        "two": "def x():\n    from pack import three\n",
        "three": "import pack.one\n",
        "four": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack import five\n",
        "five": "from pack import __version__\nfrom pack.four import y\n",
    }
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    assert find_circles(read_imports(package)) == [["pack.one", "pack.three", "pack.two"]]


def test_the_architecture_names_every_contract_of_imports() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [one["name"] for one in settings["tool"]["importlinter"]["contracts"]]
    rows = table_rows(section(page("docs/architecture.md"), "Direction of imports"))
    assert [row[0] for row in rows] == contracts
    assert len(contracts) >= 10


def test_no_function_is_longer_than_sixty_lines() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in (ROOT / "ccloud_apply").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert too_long == []
