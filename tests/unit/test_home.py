"""The addresses that are made of the project's one constant."""

import pytest

from ccloud_apply import home


@pytest.mark.parametrize(
    ("repository", "name", "docs"),
    [
        ("https://github.com/acme/ccloud-apply", "acme/ccloud-apply", "https://acme.github.io"),
        ("https://gitlab.com/acme/tool", "acme/tool", "https://acme.gitlab.io"),
        ("https://git.acme.org/ops/tool", "ops/tool", "https://ops.git.acme.org"),
    ],
)
def test_addresses_are_made_of_the_repository(
    monkeypatch: pytest.MonkeyPatch, repository: str, name: str, docs: str
) -> None:
    monkeypatch.setattr(home, "REPOSITORY_URL", repository)
    assert home.has_home()
    assert home.repository_name() == name
    site = f"{docs}/{name.partition('/')[2]}/"
    assert home.docs_url() == site
    assert home.docs_url("guides/drift") == f"{site}guides/drift/"


def test_a_host_that_can_never_exist_is_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "REPOSITORY_URL", "https://github.example/your-org/ccloud-apply")
    assert not home.has_home()


def test_no_name_of_an_index_is_offered_before_the_package_can_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(home, "REPOSITORY_URL", "https://github.example/your-org/ccloud-apply")
    assert home.install_hint() == 'in a checkout of ccloud-apply: pip install "."'
    assert home.install_hint("fleet") == 'in a checkout of ccloud-apply: pip install ".[fleet]"'
    monkeypatch.setattr(home, "REPOSITORY_URL", "https://github.com/acme/ccloud-apply")
    assert home.install_hint("fleet") == 'pip install "ccloud-apply[fleet]"'
    assert home.install_hint("fleet", option="--upgrade") == (
        'pip install --upgrade "ccloud-apply[fleet]"'
    )
