"""A whole fleet as a process: a stack is found, proposed, approved in a browser, applied."""

import re
import signal
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.conftest import PATIENCE_S, StartCli

FLEET = """\
accounts:
  acme: {endpoint: sandbox, sandbox_db: acme.db, sandbox_speed: 2000}
sources:
  - {name: files, folder: stacks, account: acme, poll: 1s}
rules:
  - {mode: propose, every: 1h}
"""
STACK = """\
stack: web
servers:
  web:
    {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4, disks: [50],
     notes: "<img src=x onerror=alert(1)><script>alert(2)</script>"}
"""


def test_a_proposed_plan_is_approved_and_seen_to_be_applied(
    start_cli: StartCli, clean_env: dict[str, str], tmp_path: Path, open_page: OpenPage
) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "web.yaml").write_text(STACK, encoding="utf-8")
    (tmp_path / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    fleet = start_cli("fleet", "serve", "--listen", "127.0.0.1:0", env=clean_env)
    assert fleet.stderr is not None
    line = fleet.stderr.readline()
    address = re.search(r"http://\S+", line)
    assert address, line + fleet.stderr.read()

    page = open_page()
    page.goto(address[0])
    link = page.get_by_role("link", name=re.compile("^(web|reload it)$")).first
    if link.inner_text() == "reload it":  # the first poll had not ended
        link.click()
    page.get_by_role("link", name="web", exact=True).click()
    expect(page.get_by_role("heading", name="A plan waits for approval")).to_be_visible()
    expect(page.locator("#document")).to_contain_text("<img src=x onerror=alert(1)>")
    page.locator("summary", has_text="Declared").click()
    expect(page.locator(".file")).to_contain_text("<script>alert(2)</script>")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("#head")).to_contain_text("clean")
    expect(page.locator("#history tbody tr")).to_have_count(2)
    page.get_by_role("link", name=re.compile("^apply")).click()
    expect(page.locator("#run")).to_contain_text("applied")
    expect(page.locator("#journal")).to_contain_text("settled")

    fleet.send_signal(signal.SIGTERM)  # with a page open
    assert fleet.wait(timeout=PATIENCE_S) == 143
