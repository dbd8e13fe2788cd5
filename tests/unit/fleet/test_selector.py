"""Words of the command line choose stacks, or say what is wrong with them."""

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.selector import read_selector


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], StackFilter()),
        (["web"], StackFilter(names=("web",))),
        (["web*", "acme/d?"], StackFilter(names=("web*", "acme/d?"))),
        (["account:ac*", "account:beta"], StackFilter(accounts=("ac*", "beta"))),
        (
            ["state:drift", "state:failing", "state:drift"],
            StackFilter(states=frozenset({"drift", "failing"})),
        ),
        (["tier=prod*", "team="], StackFilter(labels={"tier": "prod*", "team": ""})),
        (["note=a:b=c"], StackFilter(labels={"note": "a:b=c"})),
        (["is:stale", "is:paused"], StackFilter(is_stale=True, is_paused=True)),
        (
            ["web", "account:acme", "tier=x", "state:held"],
            StackFilter(
                names=("web",),
                accounts=("acme",),
                labels={"tier": "x"},
                states=frozenset({"held"}),
            ),
        ),
    ],
)
def test_words_choose_stacks(words: list[str], wanted: StackFilter) -> None:
    assert read_selector(words) == wanted


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (["state:green"], "green is not a state", "write clean or drift"),
        (["state:"], "nothing is not a state", "write clean or drift"),
        (["account:"], "account: does not select stacks", "write NAME, ACCOUNT/NAME"),
        (["stack:web"], "stack:web does not select stacks", "write NAME, ACCOUNT/NAME"),
        (["is:broken"], "is:broken does not select stacks", "write NAME, ACCOUNT/NAME"),
        (["=x"], "=x does not select stacks", "write NAME, ACCOUNT/NAME"),
        ([""], "a selector must be visible text", "write NAME, ACCOUNT/NAME"),
        (["web\x1b[31m"], "a selector must be visible text", "write NAME, ACCOUNT/NAME"),
        (["web\udc80"], "a selector must be visible text", "write NAME, ACCOUNT/NAME"),
        (["t=a", "t=b"], "the label t cannot be a and b at once", "write one of them"),
    ],
)
def test_a_word_that_means_nothing_is_refused_with_the_way_out(
    words: list[str], what: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_selector(words)
    assert caught.value.message == what
    assert caught.value.hint.startswith(hint)
