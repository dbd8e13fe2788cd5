"""No two modules need each other: whoever reads one reads it without the other."""

from pathlib import Path

from tests.conftest import ROOT
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
