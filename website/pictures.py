"""Makes the pictures of the README and the docs: a plan on a terminal, and its page in a browser.

    python -m website.pictures

writes docs/pictures/, each picture light and dark. A picture carries a digest of what it was made
of, which a test compares. What it shows is `pictured_plan.py`.
"""

import hashlib
import io
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import which
from typing import Literal

from PIL import Image, PngImagePlugin
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from website.navigation import ROOT
from website.pictured_plan import COLUMNS, Plan, make_plan

PICTURES = ROOT / "docs" / "pictures"
PAGE_WIDTH = 900
MARGIN = 20
SOURCE = "Source"
"""The field of a picture that says what it was made of."""

Shade = Literal["light", "dark"]
SHADES: tuple[Shade, ...] = ("light", "dark")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_THEMES: Mapping[Shade, TerminalTheme] = {
    "light": TerminalTheme(
        (255, 255, 255),
        (31, 35, 40),
        [
            (31, 35, 40), (179, 38, 30), (26, 111, 62), (138, 90, 0),
            (36, 86, 181), (122, 63, 150), (16, 110, 120), (89, 99, 110),
        ],
    ),
    "dark": TerminalTheme(
        (22, 27, 34),
        (230, 233, 239),
        [
            (22, 27, 34), (255, 138, 128), (111, 206, 151), (240, 183, 74),
            (138, 180, 255), (210, 168, 255), (118, 217, 227), (163, 173, 188),
        ],
    ),
}  # fmt: skip

_EDGE = "rgba(255,255,255,0.35)"
"""The line around the window, as rich draws it: not to be seen on white."""

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>ccloud-apply plan on a terminal</title>
<metadata>{{source}}</metadata>
<style>
.{unique_id}-matrix {{
  font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre;
}}
.{unique_id}-title {{ display: none }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def digest_of(text: str) -> str:
    """What a picture says that it was made of."""
    return hashlib.sha256(text.encode()).hexdigest()


def draw_terminal(plan: Plan, shade: Shade) -> str:
    """An SVG of the terminal, with its text as text."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False
    )
    console.print(Text.assemble(("$ ", "dim"), "ccloud-apply --sandbox plan shop.yaml\n"))
    console.print(Text.from_ansi(plan.ansi))
    svg = console.export_svg(title="", theme=_THEMES[shade], code_format=_SVG, unique_id="terminal")
    return svg.replace("{source}", digest_of(plan.ansi)).replace(_EDGE, "#8b949e")


def draw_page(plan: Plan) -> Iterator[tuple[Shade, bytes]]:
    """PNG files of the page's beginning, as a browser shows it."""
    path = next(filter(None, map(which, BROWSERS)), None)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        page_file = Path(folder, "plan.html")
        page_file.write_text(plan.html, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for shade in SHADES:
            page = browser.new_page(
                color_scheme=shade,
                viewport={"width": PAGE_WIDTH, "height": PAGE_WIDTH},
                device_scale_factor=2,
            )
            page.goto(page_file.as_uri())
            first = page.locator("details").first.bounding_box()
            assert first is not None
            end = first["y"] + first["height"] + MARGIN
            page.set_viewport_size({"width": PAGE_WIDTH, "height": round(end)})
            yield shade, _shrink(page.screenshot(), digest_of(plan.html))
        browser.close()


def _shrink(png: bytes, source: str) -> bytes:
    """The same with as few colours as a page has, and with what it was made of."""
    fields = PngImagePlugin.PngInfo()
    fields.add_text(SOURCE, source)
    written = io.BytesIO()
    few = Image.Quantize.MAXCOVERAGE  # keeps the few letters that are green
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(160, few, dither=Image.Dither.NONE)
    image.save(written, "PNG", optimize=True, pnginfo=fields)
    return written.getvalue()


def main() -> None:
    """Writes all pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plan = make_plan(Path(folder))
    for shade in SHADES:
        svg = draw_terminal(plan, shade)
        (PICTURES / f"plan-terminal-{shade}.svg").write_text(svg, encoding="utf-8")
    for shade, png in draw_page(plan):
        (PICTURES / f"plan-page-{shade}.png").write_bytes(png)


if __name__ == "__main__":
    main()
