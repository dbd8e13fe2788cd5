"""What `validate` prints of variables without a value."""

from ccloud_apply.model.results.validation import Validation
from ccloud_apply.render.registry import render


def test_of_many_variables_without_a_value_the_first_are_named_and_the_rest_counted() -> None:
    unknown = tuple(f"v{number}" for number in range(10, 33))
    text = render("validation", "text", Validation(stacks=1, servers=2, unknown=unknown))
    assert text is not None
    assert text.startswith("Valid: 1 stack, ")
    assert "v10, v11, " in text
    assert " v29 and 3 more; 23 variables have no value.\n" in text
