"""The frame of the HTML pages: first lines, headings, groups, tables, and colours that are read."""

import itertools
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given

from ccloud_apply import __version__
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.drift.html_document import render_drift_html
from ccloud_apply.render.lib.html_page import (
    render_card,
    render_cell,
    render_facts,
    render_group,
    render_table,
    render_warnings,
)
from ccloud_apply.render.lib.html_style import PAGE_STYLE
from ccloud_apply.render.plan.html_document import render_plan_html
from tests.support.render.contrast import contrast
from tests.support.render.drifts import full_report
from tests.support.render.harmless import assert_harmless
from tests.support.render.parsed_page import Page, names
from tests.support.render.plans import PLANS
from tests.support.render.strategies import accounts, hostile_texts

SHA = "0123456789abcdef0123456789abcdef01234567"
READ_AT = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
PAGES = {
    **{name: render_plan_html(make()) for name, make in PLANS.items()},
    "drift": render_drift_html(full_report(), has_unmanaged=True),
}


def words(html: str) -> str:
    return " ".join(Page(html).text.split())


def test_the_first_lines_name_account_time_commit_and_version() -> None:
    account = PlanAccount(endpoint="https://api.example/v1", customer_id="4711")
    shown = words(render_facts(account, READ_AT, Commit(id=SHA, is_altered=False)))
    assert shown == (
        "Account https://api.example/v1 Customer 4711 Read 2027-03-01 10:30 UTC"
        f" Commit {SHA} Made by ccloud-apply {__version__}"
    )


def test_what_is_not_known_is_called_unknown() -> None:
    assert words(render_facts(None, None, None)).startswith(
        "Account unknown Customer unknown Read unknown Commit unknown Made by"
    )


@pytest.mark.parametrize(("is_altered", "is_told"), [(True, True), (False, False), (None, False)])
def test_a_commit_that_is_not_all_of_the_truth_says_so(
    is_altered: bool | None, is_told: bool
) -> None:
    shown = render_facts(None, None, Commit(id=SHA, is_altered=is_altered))
    assert ("a stack file has changed since" in shown) is is_told


def test_the_place_of_a_sandbox_is_longer_than_a_name_and_shown_whole() -> None:
    place = f"sandbox /{'x' * 150}.db"
    assert place in render_facts(PlanAccount(endpoint=place), None, None)


@given(accounts, hostile_texts)
def test_text_of_others_is_text_in_the_first_lines(account: PlanAccount, id: str) -> None:
    html = render_facts(account, READ_AT, Commit(id=id))
    assert_harmless(html)
    assert names(Page(html)) == {"dl", "div", "dt", "dd", "code"}


@pytest.mark.parametrize("name", PAGES)
def test_headings_go_down_one_level_at_a_time(name: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(PAGES[name]).tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("name", PAGES)
def test_every_column_has_a_heading_and_every_field_of_a_row_too(name: str) -> None:
    for row in re.findall(r"<tr>(.*?)</tr>", PAGES[name]):
        assert row.startswith("<th scope=")
    assert "<th>" not in PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_every_input_has_a_label_and_every_part_that_folds_a_summary(name: str) -> None:
    text = PAGES[name]
    assert text.count("<input") == text.count("<label>") == 1
    assert text.count("<details") == text.count("<summary>")
    assert '<html lang="en">' in text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text


def test_a_group_has_a_heading_with_its_number_and_is_not_there_without_cards() -> None:
    card = render_card("destroy", "web", "destroy")
    assert words(render_group("Destroy", 1, card)) == "Destroy 1 web destroy"
    assert render_group("Destroy", 0, "") == ""


def test_the_cells_of_a_table_know_the_name_of_their_column() -> None:
    cells = render_cell("live", "4 GB", "before") + render_cell("declared", "8 GB", sort="8")
    table = render_table(("field", "live", "declared"), [f"<tr>{cells}</tr>\n"])
    told = [attributes for tag, attributes in Page(table).tags if tag == "td"]
    assert [one.get("data-name") for one in told] == ["live", "declared"]
    assert [one.get("data-sort") for one in told] == [None, "8"]
    assert "td::before { content: attr(data-name)" in PAGE_STYLE


@pytest.mark.parametrize(("count", "folded"), [(0, 0), (5, 0), (6, 3), (40, 37)])
def test_many_warnings_fold_and_none_is_lost(count: int, folded: int) -> None:
    html = render_warnings([f"w{number}" for number in range(count)])
    assert html.count('<p class="warning">') == count
    _, _, rest = html.partition("<details")
    assert rest.count('<p class="warning">') == folded
    assert (f"{folded} more warnings" in rest) is bool(folded)


# Colours


def palettes() -> dict[str, dict[str, str]]:
    """The variables of the light, the dark and the printed page."""
    found = re.findall(r":root \{(.*?)\}", PAGE_STYLE, re.DOTALL)
    light, dark, paper = (dict(re.findall(r"--(\w+): (#\w+)", block)) for block in found)
    return {"light": light, "dark": light | dark, "paper": light | paper}


@pytest.mark.parametrize("name", ["light", "dark", "paper"])
def test_every_text_is_readable_on_every_ground(name: str) -> None:
    colours = palettes()[name]
    for ground in ("paper", "card"):
        for text in ("ink", "dim", "red", "amber", "blue", "green"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for ground in ("before", "after"):
        assert contrast(colours["ink"], colours[ground]) >= 4.5
