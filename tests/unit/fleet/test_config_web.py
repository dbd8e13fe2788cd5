"""The section `web` of fleet.yaml: values, and mistakes with their places."""

from hashlib import sha256

import pytest

from ccloud_apply.fleet.config.build import load_fleet
from ccloud_apply.fleet.model.config import WebConfig

START = """\
accounts:
  customer-a: {endpoint: sandbox}
  shop.example: {endpoint: sandbox}
sources: [{folder: stacks, account: customer-a}]
"""
OIDC = "{issuer: https://id.example.com, client_id: fleet, client_secret: {env: S}}"
DIGEST = "0" * 64
SAME = f"{{name: a, sha256: '{DIGEST}'}}, {{name: b, sha256: '{DIGEST}'}}"


def load(web: str) -> tuple[WebConfig | None, list[str]]:
    config, diagnostics = load_fleet((START + web).encode(), path="fleet.yaml")
    told = [f"{one.where}: {one.what}" for one in diagnostics if one.is_error]
    return None if config is None else config.web, told


def test_without_the_section_nobody_signs_in() -> None:
    web, told = load("")
    assert told == []
    assert web == WebConfig()


def test_all_of_it_is_read() -> None:
    web, told = load(f"""\
web:
  url: https://fleet.example.com/
  hosts: [fleet.internal]
  auth:
    oidc: {{issuer: https://id.example.com, client_id: fleet, client_secret: {{env: S}},
      name_claim: email, groups_claim: roles, scopes: [openid, email, groups]}}
    tokens: [{{name: ci, sha256: "{DIGEST}", roles: [see, approve@customer-*]}}]
  roles: {{see: ["*"], approve: ["group:ops@shop.example"], administer: ["user:a@example.com"]}}
""")
    assert told == []
    assert web is not None
    assert web.url == "https://fleet.example.com"
    assert web.hosts == ("fleet.internal",)
    assert web.oidc is not None
    assert (web.oidc.name_claim, web.oidc.groups_claim) == ("email", "roles")
    assert web.oidc.scopes == ("openid", "email", "groups")
    assert web.tokens[0].roles == ("see", "approve@customer-*")


def test_who_approves_may_be_called_approver() -> None:
    web, told = load("""\
web:
  url: https://fleet.example.com/
  auth: {proxy: {from: [10.0.0.5]}}
  roles: {approver: [group:ops], approve: ["user:ann"]}
""")
    assert told == []
    assert web is not None
    assert dict(web.roles) == {"approve": ("user:ann", "group:ops")}


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        ("{url: http://fleet.example.com}", "web.url: must be an https address"),
        ("{url: https://example.com/fleet}", "web.url: must be an https address"),
        ('{hosts: ["fleet.internal:80"]}', "web.hosts[0]: must be the name of a host"),
        (
            f'{{url: "https://f.example", auth: {{oidc: {OIDC}}}, roles: {{see: ["*@shp-*"]}}}}',
            "web.roles.see[0]: no account has a name like",
        ),
        (
            f"{{auth: {{tokens: [{{name: ci, sha256: '{DIGEST}', roles: [see@nobody]}}]}}}}",
            "web.auth.tokens[0].roles[0]: no account has a name like",
        ),
        (
            f"{{auth: {{tokens: [{SAME}]}}}}",
            "web.auth.tokens[1].sha256: the sha256 is listed twice",
        ),
        (
            f"{{auth: {{tokens: [{{name: ci, sha256: '{sha256().hexdigest()}'}}]}}}}",
            "web.auth.tokens[0].sha256: is the digest of an empty text",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(web: str, expected: str) -> None:
    found, told = load(f"web: {web}\n")
    assert found is None
    assert len(told) == 1
    assert told[0].startswith(expected)


def test_oidc_without_an_address_of_the_page_is_warned_of() -> None:
    text = f'web: {{auth: {{oidc: {OIDC}}}, roles: {{see: ["*"]}}}}\n'
    config, (warning,) = load_fleet((START + text).encode(), path="fleet.yaml")
    assert config is not None
    assert warning.where == "web.auth.oidc"
    assert "the issuer sends people back to http" in warning.what
