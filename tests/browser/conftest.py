"""A real browser, without a window. Where there is none these tests are skipped, and a line at the
end says so; with CCLOUD_TEST_BROWSER=required they fail instead."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = 60_000

expect.set_options(timeout=_PATIENCE_MS)

OpenPage = Callable[..., Page]
"""Opens a page of the browser; it takes the options of a context, such as `java_script_enabled`."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests of a module."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        if os.environ.get("CCLOUD_TEST_BROWSER") == "required":
            pytest.fail("there is no chromium, and CCLOUD_TEST_BROWSER says that there must be one")
        pytest.skip("no browser: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path, args=list(_ARGUMENTS), timeout=_PATIENCE_MS
        )
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Pages of contexts of their own. A dialog, an error of a script, or something that the page's
    policy has refused fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_(**options: object) -> Page:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None,
        )
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []
