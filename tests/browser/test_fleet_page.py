"""The fleet's page in a real browser: with a script, without one, on a telephone, in the dark."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.web.live import Streams
from ccloud_apply.model.documents.saved_plan import encode_saved_plan
from ccloud_apply.render.fleet.words import span_words
from tests.browser.conftest import OpenPage
from tests.conftest import PATIENCE_S
from tests.support.fleet_rows import NOW, add_account, add_plan, add_run, add_stack
from tests.support.render.plans import all_actions
from tests.support.served_page import QUICK, ServedPage, serve_page

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
DIGEST = "sha256:" + "ab" * 32


async def _fill(tx: Transaction) -> None:
    await add_account(tx)
    for number in range(12):
        labels = {"tier": "production" if number % 2 else "test", "team": HOSTILE}
        await add_stack(tx, f"web-{number}", labels=labels)
    await add_stack(tx, "mail", state="failing", why=HOSTILE, failures=3)
    await add_stack(tx, "shop", state="proposed", mode="propose")
    run = await add_run(tx, "shop", kind="plan", outcome="proposed", error=HOSTILE)
    document = json.dumps(encode_saved_plan(all_actions(), paths=["web.yaml"], options={}))
    await add_plan(tx, "shop", digest=DIGEST, document=document, run_id=run)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedPage]:
    """Fourteen stacks, whose texts would do harm if they were more than texts."""
    with serve_page(tmp_path) as page:
        page.write(_fill)
        yield page


def test_filters_and_search_are_links_and_rows_follow_the_tables(
    served: ServedPage, open_page: OpenPage
) -> None:
    page = open_page()
    page.goto(served.url)
    expect(page.locator("tbody tr")).to_have_count(14)
    expect(page.locator("html")).to_have_attribute("data-link", "live")
    page.get_by_role("link", name="1 failing").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("<img src=x onerror=alert(1)>")
    page.get_by_role("link", name="state failing").click()
    expect(page.locator("tbody tr")).to_have_count(14)
    expect(page.locator("html")).to_have_attribute("data-link", "live")
    page.keyboard.press("/")
    page.keyboard.type("web-1")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(3)
    row = page.locator("tr", has_text="web-10")
    expect(row).to_contain_text("clean")
    row.get_by_role("link", name="web-10").focus()
    served.execute("update stack set state = 'held', why = 'a freeze' where name = 'web-10'")
    expect(row).to_contain_text("a freeze")
    expect(page.locator("#counts")).to_contain_text("1held")
    expect(row.get_by_role("link", name="web-10")).to_be_focused()


def test_a_tab_that_nobody_sees_catches_up_when_it_is_seen_again(
    served: ServedPage, open_page: OpenPage
) -> None:
    page = open_page()
    page.goto(served.url)
    expect(page.locator("html")).to_have_attribute("data-link", "live")
    page.evaluate(_SHOW, False)
    assert page.evaluate("source === null")
    served.execute("update stack set why = 'a freeze', state = 'held' where name = 'web-3'")
    page.evaluate(_SHOW, True)
    expect(page.locator("tr", has_text="web-3")).to_contain_text("a freeze")
    page.evaluate(_SHOW, False)
    served.execute("update stack set why = null, state = 'clean' where name = 'web-3'")
    page.evaluate(_SHOW, True)
    expect(page.locator("tr", has_text="web-3")).not_to_contain_text("a freeze")


def test_a_page_that_was_refused_its_stream_asks_again(tmp_path: Path, browser: Browser) -> None:
    streams = Streams(pace=QUICK, most=1)
    with serve_page(tmp_path, streams=streams) as served, browser.new_context() as context:
        context.set_default_timeout(1000 * PATIENCE_S)
        first, second = context.new_page(), context.new_page()
        second.clock.install()
        first.goto(served.url)
        expect(first.locator("html")).to_have_attribute("data-link", "live")
        second.goto(served.url)
        expect(second.locator("html")).to_have_attribute("data-link", "lost")
        first.close()
        while streams.open:
            second.wait_for_timeout(10)
        second.clock.fast_forward(10_000)
        expect(second.locator("html")).to_have_attribute("data-link", "live")


_SHOW = """
(isSeen) => {
  Object.defineProperty(document, "hidden", { value: !isSeen, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


def test_a_plan_is_looked_at_and_approved(served: ServedPage, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(served.url)
    page.get_by_role("link", name="shop", exact=True).click()
    expect(page.get_by_role("heading", name="A plan waits for approval")).to_be_visible()
    expect(page.locator(".graph svg")).to_be_visible()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The plan is approved")
    expect(page).to_have_url(f"{served.url}/stacks/acme/shop")
    expect(page.get_by_role("heading", name="Approved, and applied next")).to_be_visible()

    served.execute("update plan set decision = 'applied'")
    served.execute("update stack set state = 'clean' where name = 'shop'")
    expect(page.locator("#head")).to_contain_text("clean")
    expect(page.locator("#plan")).to_be_empty()
    expect(page.get_by_role("status")).to_have_count(0)


def test_a_click_meant_for_one_plan_does_not_approve_the_next_one(
    served: ServedPage, open_page: OpenPage
) -> None:
    page = open_page()
    page.clock.install(time=0)
    page.goto(f"{served.url}/stacks/acme/shop")
    page.clock.pause_at(3600)  # the button stays as it is for as long as it is looked at
    approve = page.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_enabled()
    approve.focus()
    other = "sha256:" + "cd" * 32
    served.execute("update plan set digest = :other", other=other)
    expect(page.locator("#plan")).to_contain_text("cdcdcdcdcdcd")
    expect(approve).to_be_disabled()
    expect(approve).not_to_be_focused()
    page.clock.fast_forward(3000)
    approve.click()
    expect(page.get_by_role("heading", name="Approved, and applied next")).to_be_visible()


def test_what_somebody_writes_is_not_taken_away_by_news(
    served: ServedPage, open_page: OpenPage
) -> None:
    page = open_page()
    page.goto(f"{served.url}/stacks/acme/shop")
    page.locator("summary", has_text="Reject").click()
    page.get_by_placeholder("what has to be different").fill("not on a Friday")
    served.execute("update plan set decided_why = 'x'")
    expect(page.locator("#changed")).to_be_visible()
    expect(page.get_by_placeholder("what has to be different")).to_have_value("not on a Friday")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status")).to_contain_text("The plan is rejected")


def test_everything_works_without_a_script(served: ServedPage, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(served.url)
    page.get_by_role("searchbox").fill("shop")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="shop", exact=True).click()
    page.locator("summary", has_text="Pause").click()
    page.get_by_placeholder("what is being waited for").fill("moving house")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_contain_text("The stack is paused")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The plan is approved")


@pytest.mark.parametrize("path", ["/", "/stacks/acme/shop", "/runs", "/runs/1", "/accounts"])
def test_a_telephone_needs_no_scrolling_to_the_side(
    served: ServedPage, open_page: OpenPage, path: str
) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, is_mobile=True)
    page.goto(served.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_on_their_ground(
    served: ServedPage, open_page: OpenPage, scheme: str
) -> None:
    """WCAG's contrast of 4.5 for all text of the table and of a stack's page."""
    page = open_page(color_scheme=scheme)
    for path in ("/", "/stacks/acme/shop"):
        page.goto(served.url + path)
        assert page.evaluate(_CONTRAST) == []


def test_the_script_tells_ages_as_the_server_does(served: ServedPage, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(served.url)
    for seconds in (0, 59, 60, 3599, 3600, 172_799, 172_800, 99_999_999):
        assert _age_in(page, seconds, "ago") == f"{span_words(seconds)} ago"
        assert _age_in(page, seconds, "for") == f"for {span_words(seconds)}"
        assert _age_in(page, seconds, "due") == "now"
        if seconds > 1:
            assert _age_in(page, -seconds, "ago") == f"in {span_words(seconds)}"
            assert _age_in(page, -seconds, "due") == f"in {span_words(seconds)}"


def _age_in(page: Page, seconds: int, way: str) -> str:
    """What the page's script makes of a time that is so long ago."""
    told = page.evaluate(
        """([at, way]) => {
          const [real, time] = [Date.now, document.createElement("time")];
          Date.now = () => (skew + Number(document.body.dataset.now)) * 1000;
          time.dataset.at = at;
          time.dataset.way = way;
          document.body.append(time);
          age();
          time.remove();
          Date.now = real;
          return time.textContent;
        }""",
        [int(NOW) - seconds, way],
    )
    return str(told)


_CONTRAST = """
() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => {
      const s = c / 255;
      return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const found = new Set();
  for (const node of document.querySelectorAll("main *, .bar *")) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
    if (!own || node.closest("svg") || !node.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(`${node.className || node.tagName} ${ratio.toFixed(2)}`);
  }
  return [...found];
}
"""
