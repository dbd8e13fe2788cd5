"""Versions, the changelog's sections, and the notes that are made of them."""

from datetime import date

import pytest

from release.changelog import Changelog, Section, cut, parse_changelog
from release.notes import make_notes, unwrap
from release.problems import ReleaseError
from release.version import Version, parse_tag, parse_version
from tests.conftest import ROOT

HOME = "https://host.example/owner/name"
OPENING = "# Changelog\n\nWhat each version brought."
FIRST = Section(Version(0, 1, 0), date(2027, 1, 2), "### Plans\n\n- A plan.")


def changelog(unreleased: str, *released: Section) -> Changelog:
    return Changelog(OPENING, unreleased, released)


@pytest.mark.parametrize("text", ["1.2.3", "0.1.0", "10.0.1rc2"])
def test_a_version_is_spelled_as_it_was_read(text: str) -> None:
    assert str(parse_version(text)) == text
    assert parse_tag(f"v{text}").tag == f"v{text}"


@pytest.mark.parametrize(
    "text", ["", "1.2", "1.2.3.4", "01.2.3", "1.2.3-rc1", "1.2.3rc0", "1.2.3.dev1", "1.2.3\n"]
)
def test_what_is_not_a_version_is_refused_with_an_example_of_one(text: str) -> None:
    with pytest.raises(ReleaseError, match=r"is not a version: write 1\.2\.3"):
        parse_version(text)


def test_a_tag_begins_with_v() -> None:
    with pytest.raises(ReleaseError, match=r"write v1\.2\.3"):
        parse_tag("1.2.3")


def test_versions_have_the_order_in_which_they_are_released() -> None:
    texts = ["0.1.0rc1", "0.1.0rc2", "0.1.0", "0.2.0", "0.10.0rc1", "1.0.0"]
    versions = [parse_version(text) for text in texts]
    assert [str(version) for version in sorted(reversed(versions))] == texts


def test_a_changelog_is_written_as_it_was_read() -> None:
    text = changelog("- Soon.", FIRST).render()
    assert parse_changelog(text) == changelog("- Soon.", FIRST)
    assert text.splitlines()[4:9] == ["## Unreleased", "", "- Soon.", "", "## 0.1.0 - 2027-01-02"]


@pytest.mark.parametrize("title", ["0.1.0", "0.1.0 (2027-01-02)", "0.1.0 - 2027-02-30", "x - y"])
def test_a_title_of_another_form_is_refused(title: str) -> None:
    with pytest.raises(ReleaseError, match=r"must be `## 1\.2\.3 - YYYY-MM-DD`"):
        parse_changelog(f"# Changelog\n\n## Unreleased\n\n## {title}\n")


def test_a_changelog_without_a_place_for_what_is_next_is_refused() -> None:
    with pytest.raises(ReleaseError, match="the first section must be `## Unreleased`"):
        parse_changelog("# Changelog\n\n## 0.1.0 - 2027-01-02\n")


@pytest.mark.parametrize(
    ("version", "day"), [(Version(0, 1, 1), date(2027, 1, 1)), (Version(0, 0, 9), FIRST.day)]
)
def test_an_older_section_never_stands_above_a_newer_one(version: Version, day: date) -> None:
    text = changelog("", Section(version, day, "- More."), FIRST).render()
    with pytest.raises(ReleaseError, match="the newest comes first"):
        parse_changelog(text)


def test_cutting_moves_what_is_unreleased_to_a_section_with_its_day() -> None:
    result = cut(changelog("- Next.", FIRST), Version(0, 2, 0), date(2027, 2, 1), is_tagged=False)
    assert result == changelog("", Section(Version(0, 2, 0), date(2027, 2, 1), "- Next."), FIRST)


def test_a_version_that_is_cut_already_takes_in_what_came_since_part_by_part() -> None:
    later = "### Fleet\n\n- A fleet.\n\n### Plans\n\n- Another plan,\n  in two lines."
    result = cut(changelog(later, FIRST), Version(0, 1, 0), date(2027, 1, 9), is_tagged=False)
    assert result.unreleased == ""
    assert result.released == (
        Section(
            Version(0, 1, 0),
            date(2027, 1, 9),
            "### Plans\n\n- A plan.\n- Another plan,\n  in two lines.\n\n### Fleet\n\n- A fleet.",
        ),
    )


def test_what_is_tagged_is_never_cut_again() -> None:
    with pytest.raises(ReleaseError, match="already released"):
        cut(changelog("- Next.", FIRST), Version(0, 1, 0), FIRST.day, is_tagged=True)


@pytest.mark.parametrize(
    ("unreleased", "version", "reason"),
    [
        ("", Version(0, 2, 0), "there are no unreleased changes"),
        ("- Next.", Version(0, 2, 0, 1), r"cut 0\.2\.0 instead"),
        ("- Next.", Version(0, 0, 9), "the newest comes first"),
    ],
)
def test_what_cannot_be_cut_is_told(unreleased: str, version: Version, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        cut(changelog(unreleased, FIRST), version, FIRST.day, is_tagged=False)


def test_the_notes_of_a_version_lead_to_the_files_of_its_tag() -> None:
    body = "- A [guide](docs/a.md#b) and a [page](https://else.example/x), [below](#plans)."
    notes = make_notes(
        changelog("", Section(Version(0, 2, 0), FIRST.day, body)), Version(0, 2, 0), HOME
    )
    assert notes == (
        f"- A [guide]({HOME}/blob/v0.2.0/docs/a.md#b) and a [page](https://else.example/x),"
        " [below](#plans).\n"
    )


def test_the_notes_of_a_candidate_are_those_of_its_version_or_what_is_unreleased() -> None:
    candidate = Version(0, 1, 0, 2)
    assert make_notes(changelog("- Soon.", FIRST), candidate, HOME) == f"{FIRST.body}\n"
    assert make_notes(changelog("- Soon."), candidate, HOME) == "- Soon.\n"


def test_notes_that_are_missing_or_too_long_are_refused() -> None:
    with pytest.raises(ReleaseError, match=r"run `python -m release cut 0\.2\.0`"):
        make_notes(changelog("", FIRST), Version(0, 2, 0), HOME)
    long = Section(Version(0, 2, 0), FIRST.day, "- Word.\n" * 20_000)
    with pytest.raises(ReleaseError, match="at most 125000"):
        make_notes(changelog("", long), Version(0, 2, 0), HOME)


def test_lines_of_one_paragraph_become_one_and_all_else_stays() -> None:
    text = (
        "One\ntwo.\n\n- A point\n  of a list\n  - inside\n    of it\n\n| a | b |\n| - | - |\n"
        "| 1 | 2 |\n\n```sh\nls\n  -l\n```\nAfter\nit.\n\n### Title\nText\n"
    )
    assert unwrap(text) == (
        "One two.\n\n- A point of a list\n  - inside of it\n\n| a | b |\n| - | - |\n"
        "| 1 | 2 |\n\n```sh\nls\n  -l\n```\nAfter it.\n\n### Title\nText"
    )


def test_the_changelog_of_this_project_can_be_released() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    parsed = parse_changelog(text)
    assert parsed.render() == text
    for section in parsed.released:
        assert make_notes(parsed, section.version, HOME)
