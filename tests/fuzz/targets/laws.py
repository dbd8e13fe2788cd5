"""What holds for every text that is shown, whatever it was made of."""

from collections.abc import Iterable

from ccloud_apply.model.diagnostic import Diagnostic


def check_placed(diagnostics: Iterable[Diagnostic], path: str) -> None:
    """Each mistake says where it is and what it is, on one line that hides nothing."""
    for found in diagnostics:
        assert found.source is not None, found
        assert found.source.path == path or path == "", found
        assert found.source.line >= 1, found
        assert found.source.column >= 1, found
        assert found.what, found
        check_shown(found)


def check_shown(found: Diagnostic) -> None:
    """What a person reads of it is one line of characters that can be seen."""
    text = found.what + found.where + found.hint
    assert text.isprintable(), found
    assert len(text) < 20_000, found.code


def check_refused(error: Exception) -> None:
    """What a reader refuses, it refuses in words, on one line."""
    text = str(error)
    assert text
    assert "\n" not in text, text
