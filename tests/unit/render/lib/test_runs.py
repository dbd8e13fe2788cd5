"""Names that count on."""

from ccloud_apply.render.lib.runs import counts_on


def test_a_name_counts_on_by_its_number() -> None:
    assert counts_on("web-9", "web-11", 2)
    assert counts_on("web-009", "web-010", 1)
    assert not counts_on("web-9", "web-010", 1)
    assert not counts_on("web", "web-1", 1)


def test_a_name_of_more_digits_than_a_number_can_have_is_no_error() -> None:
    assert not counts_on("9" * 5000, "1" + "0" * 5000, 1)
