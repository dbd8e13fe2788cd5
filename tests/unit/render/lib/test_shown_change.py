"""A change in words: what a set gains and loses, and everything else by both sides."""

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.results.plan import FieldChange, ValueKind
from ccloud_apply.render.lib.shown_change import show_change

words = st.lists(st.sampled_from(["one", "two", "three", "four"]), unique=True)


def tags(before: list[str] | None, after: list[str] | None) -> FieldChange:
    return FieldChange(field="tags", before=before, after=after, kind=ValueKind.TAGS)


def test_a_set_that_gains_an_item_never_reads_as_if_it_had_been_empty() -> None:
    shown = show_change(tags(["one", "two"], ["one", "three", "two"]))
    assert (shown.items, shown.added, shown.removed) == ("+three", "+three", "")
    assert (shown.live, shown.declared) == ("one, two", "one, three, two")
    assert shown.note == "2 on both sides"


@given(words, words)
def test_a_set_shows_each_item_that_one_side_alone_has(
    live: list[str], declared: list[str]
) -> None:
    shown = show_change(tags(live, declared))
    wanted = {f"+{tag}" for tag in {*declared} - {*live}} | {f"-{t}" for t in {*live} - {*declared}}
    assert set(shown.items.split()) == wanted
    kept = len({*live} & {*declared})
    assert shown.note == (f"{kept} on both sides" if kept else "")


def test_sets_that_are_equal_show_both_sides() -> None:
    shown = show_change(tags(["a"], ["a"]))
    assert (shown.items, shown.live, shown.declared) == ("", "a", "a")


def test_a_long_set_is_counted() -> None:
    shown = show_change(tags([], [f"tag-{i:02}" for i in range(25)]))
    assert shown.added.endswith("+tag-19 and 5 more")


def test_the_sets_of_names_among_the_fields_are_shown_as_sets() -> None:
    kinds = {name for name, aspect in ASPECTS.items() if aspect.kind is ValueKind.TAGS}
    assert kinds == {"tags", "snapshots"}


def test_an_empty_line_of_a_text_stays_empty() -> None:
    change = FieldChange(field="notes", before="one\n\nthree\n", after="one\n\nfour\n")
    assert show_change(change).lines == ("  one", "", "- three", "+ four")
