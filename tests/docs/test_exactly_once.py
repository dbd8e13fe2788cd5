"""docs/concepts/exactly-once.md: the table of files is the folder, and the parts are those of an
effect."""

from ccloud_apply.aspects.effects import Effect
from tests.conftest import ROOT
from tests.support.docs.pages import code_in, page, section, table_rows

PAGE = page("docs/concepts/exactly-once.md")
PACKAGE = ROOT / "ccloud_apply"


def test_the_table_has_every_file_of_apply_once_and_no_other() -> None:
    rows = table_rows(section(PAGE, "Where it is"))
    named = [name for row in rows for name in code_in(row, 0)]
    files = (path for path in (PACKAGE / "apply").rglob("*.py") if path.name != "__init__.py")
    assert sorted(named) == sorted(path.relative_to(PACKAGE).as_posix() for path in files)
    assert all(row[1] for row in rows)


def test_the_parts_of_an_effect_are_those_of_the_page() -> None:
    rows = table_rows(section(PAGE, "What an operation adds to it"))
    named = {name for row in rows for name in code_in(row, 0)}
    assert named <= {*Effect.__dataclass_fields__}
    flags = {name for name, part in Effect.__dataclass_fields__.items() if part.type is bool}
    told_by_name = {"operation_id", "field", "binds_always"}
    assert {*Effect.__dataclass_fields__} - flags - told_by_name <= named
