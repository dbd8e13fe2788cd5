"""What `fmt` prints: names of files, or the lines that change."""

from ccloud_apply.model.results.formatting import FormattedFile, Formatting
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.registry import RenderOptions, render
from ccloud_apply.workflows.format_files import format_content


def file(path: str, before: str, after: str) -> FormattedFile:
    return FormattedFile(
        path=path, before=before, after=after, shown_before=before, shown_after=after
    )


CHANGED = file("web.yaml", "servers: {}\nstack: w\n", "stack: w\nservers: {}\n")
SAME = file("db.yaml", "stack: db\n", "stack: db\n")


def test_only_files_that_change_are_named() -> None:
    assert render("formatting", "text", Formatting(files=(CHANGED, SAME))) == "web.yaml\n"


def test_a_difference_is_shown_in_the_form_that_patch_reads() -> None:
    assert render("formatting", "diff", Formatting(files=(CHANGED, SAME))) == (
        "--- web.yaml\n+++ web.yaml\n@@ -1,2 +1,2 @@\n+stack: w\n servers: {}\n-stack: w\n"
    )


def test_line_ends_alone_are_told_where_no_line_shows_them() -> None:
    change = file("web.yaml", "stack: w", "stack: w\n")
    text = render("formatting", "diff", Formatting(files=(change,)))
    assert text == "  web.yaml: only line ends, or the lines of a secret, change\n"


def test_a_change_within_a_masked_secret_is_told() -> None:
    content = b"stack: web\ndefaults:\n  password: hunter2\n        again\n"
    formatting = Formatting(files=(format_content(content, "web.yaml", shows=True),))
    text = render("formatting", "diff", formatting)
    assert text == "  web.yaml: only line ends, or the lines of a secret, change\n"


def test_a_byte_order_mark_that_goes_is_shown() -> None:
    content = b"\xef\xbb\xbfstack: web\n"
    formatting = Formatting(files=(format_content(content, "web.yaml", shows=True),))
    assert r"-\u{feff}stack: web" in render("formatting", "diff", formatting).splitlines()


def test_a_terminal_shows_what_comes_and_what_goes_in_colours() -> None:
    style = Style(is_coloured=True)
    text = render(
        "formatting", "diff", Formatting(files=(CHANGED,)), RenderOptions(is_coloured=True)
    )
    assert style.green("+stack: w") in text.splitlines()
    assert style.red("-stack: w") in text.splitlines()
