"""The pictures of the README and the docs show what the program shows now."""

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.conftest import ROOT
from website.pictured_plan import Plan, make_plan
from website.pictures import PICTURES, SHADES, SOURCE, Shade, digest_of, draw_terminal

MOST_BYTES = 300_000
HOW = "run python -m website.pictures, and look at what has changed"
_ESCAPE = re.compile(r"\x1b\[[\d;]*m")
_SHOWN = re.compile(r"docs/pictures/[\w.-]+")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return make_plan(tmp_path_factory.mktemp("pictures"))


@pytest.mark.parametrize("shade", SHADES)
def test_the_terminal_shows_the_plan_as_it_is_printed_now(plan: Plan, shade: Shade) -> None:
    svg = (PICTURES / f"plan-terminal-{shade}.svg").read_text(encoding="utf-8")

    assert _source_of(svg) == digest_of(plan.ansi), HOW
    assert _lines_of(svg) == _lines_of(draw_terminal(plan, shade))
    shown = "".join("".join(_lines_of(svg)).split())  # a picture has no texts of spaces alone
    for line in _ESCAPE.sub("", plan.ansi).splitlines():
        assert "".join(line.split()) in shown


@pytest.mark.parametrize("shade", SHADES)
def test_the_page_is_the_one_that_is_written_now(plan: Plan, shade: Shade) -> None:
    with Image.open(PICTURES / f"plan-page-{shade}.png") as picture:
        assert picture.info[SOURCE] == digest_of(plan.html), HOW


def test_a_plan_of_a_picture_names_no_day_place_or_version_of_ours(
    plan: Plan, tmp_path: Path
) -> None:
    assert make_plan(tmp_path) == plan


@pytest.mark.parametrize("path", sorted(PICTURES.iterdir()), ids=lambda path: path.name)
def test_a_picture_is_small_and_asks_for_nothing(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
    if path.suffix == ".svg":
        tags = {element.tag for element in ElementTree.fromstring(path.read_text("utf-8")).iter()}
        assert not [tag for tag in tags if tag.rpartition("}")[2] in {"image", "script", "use"}]
        assert "url(http" not in path.read_text("utf-8")


def test_the_readme_shows_each_picture_light_and_dark() -> None:
    shown = set(_SHOWN.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert shown == {path.relative_to(ROOT).as_posix() for path in PICTURES.iterdir()}


def _source_of(svg: str) -> str | None:
    return ElementTree.fromstring(svg).findtext("{http://www.w3.org/2000/svg}metadata")


def _lines_of(svg: str) -> list[str]:
    """The text of a picture by lines, from what is drawn: a text for each colour of a line."""
    lines: dict[str, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(
        r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)', svg
    ):
        lines.setdefault(y, []).append((float(x), unescape(text).replace("\xa0", " ")))
    return [
        "".join(text for _, text in sorted(parts))
        for _, parts in sorted(lines.items(), key=_height)
    ]


def _height(line: tuple[str, list[tuple[float, str]]]) -> float:
    return float(line[0])
