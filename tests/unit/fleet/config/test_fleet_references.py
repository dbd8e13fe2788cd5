"""No credential of a fleet may be one that stack files can name."""

import pytest

from ccloud_apply.fleet.config.build import load_fleet

SHOP = "https://ccenter.internet1.de/api/v1"


def load(
    *,
    prefix: str = "SHOP_SECRET_",
    secret: str = "SHOP_KEY",
    more: str = "",
    folder: str = "stacks",
) -> list[tuple[str, str, bool]]:
    text = f"""\
accounts:
  shop:
    endpoint: {SHOP}
    client_id: {{env: SHOP_ID}}
    client_secret: {secret if secret.startswith("{") else "{env: " + secret + "}"}
    secrets: {{prefix: SHOP_SECRET_}}
sources: [{{name: local, folder: {folder}, account: shop}}]
{more}
"""
    _, diagnostics = load_fleet(text.encode(), path="etc/fleet.yaml")
    return [(one.where, one.what, one.is_error) for one in diagnostics]


def test_credentials_that_no_stack_can_name_are_taken() -> None:
    assert load(more="database: {env: FLEET_DATABASE}") == []


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("database: {env: SHOP_SECRET_DB}", "database"),
        ("notify: [{webhook: {env: SHOP_SECRET_HOOK}}]", "notify[0].webhook"),
        (
            "web: {url: 'https://f.example', auth: {oidc: {issuer: 'https://id.example', client_id:"
            " f, client_secret: {env: SHOP_SECRET_OIDC}}}, roles: {see: ['*']}}",
            "web.auth.oidc.client_secret",
        ),
    ],
)
def test_a_credential_under_the_prefix_of_an_account_is_refused(more: str, where: str) -> None:
    ((place, what, is_error),) = load(more=more)
    assert place == where
    assert is_error
    assert "stack files of the account shop could name SHOP_SECRET_" in what


def test_the_credential_of_an_account_under_its_own_prefix_is_refused() -> None:
    ((place, _, is_error),) = load(secret="SHOP_SECRET_KEY")
    assert (place, is_error) == ("accounts.shop.client_secret", True)


def test_without_a_prefix_stacks_see_all_that_begins_as_secrets_do() -> None:
    text = f"""\
accounts: {{shop: {{endpoint: {SHOP}, token: {{env: CCLOUD_SECRET_TOKEN}}}}}}
sources: [{{folder: stacks, account: shop}}]
"""
    config, diagnostics = load_fleet(text.encode(), path="fleet.yaml")
    assert config is None
    assert [one.where for one in diagnostics] == ["accounts.shop.token"]


@pytest.mark.parametrize(
    ("variable", "what"),
    [
        ("SHOP_ID", "credential of the fleet"),
        ("OTHER_ID", "credential of the fleet"),
        ("OTHER_SECRET_DB", "secret of the account other"),
        ("SHOP_SECRET_VAULT", None),
        ("VAULT_ADDR", None),
    ],
)
def test_a_command_of_a_secret_gets_nothing_of_the_fleet_or_of_another_account(
    variable: str, what: str | None
) -> None:
    text = f"""\
accounts:
  shop:
    token: {{env: SHOP_ID}}
    secrets: {{prefix: SHOP_SECRET_, commands: [[vault]], variables: [TZ, {variable}]}}
  other: {{token: {{env: OTHER_ID}}, secrets: {{prefix: OTHER_SECRET_}}}}
sources: [{{folder: stacks, account: shop}}]
"""
    config, diagnostics = load_fleet(text.encode(), path="fleet.yaml")
    assert (config is None) == (what is not None)
    assert [one.where for one in diagnostics] == (
        [] if what is None else ["accounts.shop.secrets.variables[1]"]
    )
    assert all(what is not None and what in one.what and one.hint for one in diagnostics)


@pytest.mark.parametrize(
    ("file", "folder", "is_told"),
    [
        ("stacks/key", "stacks", True),
        ("stacks/deep/key", "stacks", True),
        ("key", ".", True),
        ("keys/key", "stacks", False),
        ("stacks-key", "stacks", False),
        ("../key", ".", False),
        ("/run/secrets/key", ".", False),
        ("/srv/fleet/key", "/srv/fleet", True),
    ],
)
def test_a_credential_in_the_folder_of_a_source_is_warned_of(
    file: str, folder: str, is_told: bool
) -> None:
    told = load(secret=f"{{file: {file}}}", folder=folder)
    assert [(place, is_error) for place, _, is_error in told] == (
        [("accounts.shop.client_secret", False)] if is_told else []
    )
