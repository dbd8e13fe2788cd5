"""The text of a first project file: it says what it was made of, whatever is known."""

import pytest

from ccloud_apply.load.project.build import load_project
from ccloud_apply.load.write.first_project import write_first_project
from ccloud_apply.load.write.layout.format import format_text
from ccloud_apply.load.write.layout.order import Kind
from ccloud_apply.model.declared.first_project import FirstProject

ENDPOINTS = (
    None,
    "http://[::1]:1",
    "http://127.0.0.1:8080/api",
    "https://ccenter.internet1.de/api/v1",
)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("customer_id", [None, "1", "328100", "K1234567890123456", "K" * 40])
def test_it_loads_as_what_it_was_made_of(customer_id: str | None, endpoint: str | None) -> None:
    first = FirstProject(
        name="shop", customer_id=customer_id, endpoint=endpoint, stacks=("stacks/**/*.yaml",)
    )
    text = write_first_project(first).encode()
    loaded, diagnostics = load_project(text, path="ccloud-apply.yaml")
    assert diagnostics == ()
    assert loaded is not None
    project = loaded.project
    assert (project.name, project.stacks) == (first.name, first.stacks)
    account = project.account
    told = (account.customer_id, account.endpoint) if account is not None else (None, None)
    assert told == (customer_id, endpoint)
    assert not format_text(text, "ccloud-apply.yaml", Kind.PROJECT).is_changed
