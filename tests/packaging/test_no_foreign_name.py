"""Nothing tells or makes anybody install our name from an index before it can be ours there."""

import re

from ccloud_apply.home import has_home
from tests.conftest import ROOT

_INSTALL = re.compile(
    r"\b(?:pipx?|uvx?)\b[^\n`]* (?:install|run|add)\b"
    r"[^\n`]*[ \"'=]ccloud-apply(?=$|[\s\"'`\[=<>~@])",
    re.MULTILINE,
)
_FOR_AN_INDEX = re.compile(r"^<!-- index\n.*?^-->$", re.MULTILINE | re.DOTALL)
FOLDERS = ("ccloud_apply", "docs", "examples", "integrations", "templates", "container", "release")
NO_TEXT = (".png", ".svg", ".whl")


def find_installs(text: str) -> list[str]:
    return [found[0] for found in _INSTALL.finditer(_FOR_AN_INDEX.sub("", text))]


def test_no_page_no_hint_and_no_file_for_others_installs_a_name_that_nobody_owns() -> None:
    paths = [*ROOT.glob("*.*"), *(path for name in FOLDERS for path in (ROOT / name).rglob("*"))]
    paths = [path for path in paths if "__pycache__" not in path.parts]  # it changes meanwhile
    texts = [path for path in paths if path.is_file() and path.suffix not in NO_TEXT]
    found = {
        path.relative_to(ROOT).as_posix(): installs
        for path in texts
        if (installs := find_installs(path.read_text(encoding="utf-8")))
    }
    assert has_home() or found == {}


def test_what_would_install_it_is_found() -> None:
    for line in (
        'RUN pip install --no-cache-dir "ccloud-apply[fleet]"',
        "pipx install ccloud-apply",
        "pipx run ccloud-apply plan",
        "uv tool install ccloud-apply==1.2.3",
        "/venv/bin/python -m pip install 'ccloud-apply'",
    ):
        assert len(find_installs(line)) == 1, line
    for line in ("pipx install .", "pip install /opt/ccloud-apply", 'pip install "$source"'):
        assert find_installs(line) == []
    assert find_installs("<!-- index\npipx install ccloud-apply\n-->\n") == []
