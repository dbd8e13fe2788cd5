"""What counts as a code in the source; test_names_agree.py holds the table against it."""

from pathlib import Path

from tests.support.docs.codes import find_codes, find_severities

LOADER = """
LATE = "named"
def warn(where, code="default"): ...
def explain() -> tuple[str, str, str]:
    return "unpacked", "what", "hint"
def run(add, is_short):
    warn("x", "given")
    add(code="left" if is_short else "right")
    code = "assigned"
    return Diagnostic(code=LATE, severity=Severity.WARNING)
class OwnError(Exception):
    code: ClassVar[str] = "raised"
class OtherError(OwnError):
    code = "inherited"
"""
API = """
def fail():
    return Reply(code="no code of ours"), Diagnostic(code="elsewhere")
"""


def test_a_code_is_found_wherever_it_is_given(tmp_path: Path) -> None:
    for folder, text in {"load": LOADER, "api": API}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "module.py").write_text(text, encoding="utf-8")
    in_words = "named default unpacked given left right assigned raised inherited elsewhere"
    assert find_codes(tmp_path) == set(in_words.split())
    assert find_severities(tmp_path) == {("named", "WARNING"), ("elsewhere", "ERROR")}
