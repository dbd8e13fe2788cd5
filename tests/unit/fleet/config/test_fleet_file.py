"""fleet.yaml -> its values, or every mistake with its place and the way out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.config.build import load_fleet
from ccloud_apply.fleet.config.explain import is_reference
from ccloud_apply.fleet.config.first_fleet import write_first_fleet
from ccloud_apply.fleet.config.references import list_references
from ccloud_apply.fleet.config.schema import build_fleet_schema
from ccloud_apply.fleet.model.config import FleetConfig, Rule
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.diagnostic import Diagnostic

WHOLE = """\
database: {env: FLEET_DATABASE_URL}
lease: 45s
accounts:
  customer-a:
    client_id: {env: A_ID}
    client_secret: {file: /run/secrets/a}
    proxy: {command: [vault, read, proxy url]}
    limits: {requests_per_second: 2.5, runs: 2, creates: 3, concurrency: 8}
    sweep: {every: 1h}
    secrets: {prefix: A_SECRET_, commands: [[sops, decrypt]], variables: [VAULT_ADDR]}
  trial: {endpoint: sandbox, sandbox_db: data/trial.db, sandbox_speed: 100}
sources:
  - git: git@git.example.com:ops/customers.git
    ref: main
    poll: 90s
    verify: signed
    signers: signers
    stacks: ["customers/*/stacks/**/*.yaml"]
    account: "{1}"
    labels: {tier: production, customer: "{1}"}
    webhook: {secret: {env: HOOK}}
    env: prod
  - {folder: ./local, account: trial}
rules:
  - match: {tier: production, account: customer-*}
    mode: propose
    every: 24h
    window: {deny: ["Fri 14:00/Mon 06:00"], timezone: Europe/Berlin}
    freeze: [{from: "2026-12-20", until: "2027-01-06"}]
  - {mode: apply, every: 15m, allow: [create, update], rehearse: true}
notify:
  - {webhook: {env: ALERT_URL}, on: [drift, failed]}
  - {name: people, apprise: {env: APPRISE_URL}}
keep: {runs: 7d, reports: 3d, journals: forever-open}
web:
  auth:
    oidc: {issuer: https://id.example.com, client_id: fleet, client_secret: {env: OIDC}}
    proxy: {from: [10.0.0.0/24], header: X-User}
    tokens: [{name: ci, sha256: "%s", roles: [see, approve@customer-*]}]
  roles: {see: ["*"], approve: [group:ops, "user:ann@customer-a"]}
""" % ("ab" * 32)

SMALL = """\
accounts: {trial: {endpoint: sandbox}}
sources: [{folder: stacks}]
"""


def load(text: str, path: str = "ops/fleet.yaml") -> FleetConfig:
    config, diagnostics = load_fleet(text.encode(), path=path)
    assert config is not None, diagnostics
    return config


def find_mistakes(text: str) -> tuple[Diagnostic, ...]:
    config, diagnostics = load_fleet(text.encode(), path="fleet.yaml")
    assert config is None
    return tuple(one for one in diagnostics if one.is_error)


def test_each_key_becomes_a_value_with_its_unit() -> None:
    config = load(WHOLE)
    customer, trial = config.accounts["customer-a"], config.accounts["trial"]
    assert config.database == Reference("env", "FLEET_DATABASE_URL", "ops/fleet.yaml", True)
    assert config.lease_s == 45
    assert customer.endpoint == "https://ccenter.internet1.de/api/v1"
    assert customer.proxy == Reference(
        "command", "vault read 'proxy url'", "ops/fleet.yaml", is_secret=True
    )
    assert (customer.requests_per_second, customer.runs, customer.creates) == (2.5, 2, 3)
    assert (customer.concurrency, customer.sweep_s) == (8, 3600)
    assert customer.secrets_prefix == "A_SECRET_"
    assert customer.secret_commands == (("sops", "decrypt"),)
    assert (trial.sandbox_db, trial.sandbox_speed) == ("ops/data/trial.db", 100)
    git, folder = config.sources
    assert (git.name, git.git, git.ref) == (
        "customers-prod",
        "git@git.example.com:ops/customers.git",
        "main",
    )
    assert (git.poll_s, git.is_signed, git.signers, git.env) == (90, True, "ops/signers", "prod")
    assert git.labels == {"tier": "production", "customer": "{1}"}
    assert (folder.name, folder.folder, folder.account) == ("local", "ops/local", "trial")
    first, last = config.rules
    assert (first.labels, first.account, first.mode) == (
        {"tier": "production"},
        "customer-*",
        "propose",
    )
    assert len(first.windows) == 3
    assert len(first.freezes) == 1
    assert last.allow == frozenset({"create", "update"})
    assert last.is_rehearsed
    assert [sink.name for sink in config.sinks] == ["webhook ALERT_URL", "people"]
    assert config.sinks[0].on == {"drift", "failed"}
    assert (config.keep.runs_s, config.keep.reports_s) == (7 * 86400, 3 * 86400)
    assert config.web.has_auth
    assert config.web.roles["approve"] == ("group:ops", "user:ann@customer-a")


def test_what_is_left_out_is_careful() -> None:
    config = load(SMALL)
    assert config.rules == (Rule(mode="report"),)
    assert config.database is None
    assert not config.web.has_auth
    assert config.sources[0].account == "trial"


def test_the_first_file_is_valid_and_works_without_an_account() -> None:
    config = load(write_first_fleet())
    assert {one.endpoint for one in config.accounts.values()} == {"sandbox"}
    assert list(list_references(config)) == []


MISTAKES = {
    "accounts: {}\nsources: [{folder: s}]": ("accounts", "at least one account"),
    "accounts: {a b: {endpoint: sandbox}}\nsources: [{folder: s}]": ("accounts.a b", "a name of"),
    "accounts: {a: {}}\nsources: [{folder: s}]": (
        "accounts.a",
        "client_id and client_secret are missing",
    ),
    "accounts: {a: {client_id: {env: X}}}\nsources: [{folder: s}]": (
        "accounts.a",
        "client_secret is missing",
    ),
    "accounts: {a: {token: {env: X}, client_id: {env: X}}}\nsources: [{folder: s}]": (
        "accounts.a.token",
        "exclude each other",
    ),
    "accounts: {a: {endpoint: sandbox, token: {env: X}}}\nsources: [{folder: s}]": (
        "accounts.a.token",
        "does without it",
    ),
    "accounts: {a: {token: {env: X}, sandbox_db: x}}\nsources: [{folder: s}]": (
        "accounts.a.sandbox_db",
        "endpoint: sandbox",
    ),
    "accounts: {a: {token: {env: X}, endpoint: 'http://h/api'}}\nsources: [{folder: s}]": (
        "accounts.a.endpoint",
        "in the clear",
    ),
    "accounts: {a: {endpoint: 'https://me:x@h/api', token: {env: X}}}\nsources: [{folder: s}]": (
        "accounts.a.endpoint",
        "user or a password",
    ),
    "accounts: {a: {token: {env: X}}, b: {token: {env: X}}}\nsources: [{folder: s, account: a}]": (
        "accounts.b",
        "the account a again",
    ),
    "accounts: {a: {endpoint: sandbox, sandbox_db: d}, b: {endpoint: sandbox, sandbox_db: ./d}}\n"
    "sources: [{folder: s, account: a}]": ("accounts.b.sandbox_db", "same file"),
    "accounts: {a: {endpoint: sandbox, secrets: {prefix: A_}}, b: {endpoint: sandbox, secrets: "
    "{prefix: A_B_}}}\nsources: [{folder: s, account: a}]": (
        "accounts.b.secrets.prefix",
        "see each other's secrets",
    ),
    "accounts: {a: {endpoint: sandbox, secrets: {prefix: CCLOUD_SECRET_A_}}, b: {endpoint: "
    "sandbox}}\nsources: [{folder: s, account: a}]": ("accounts.b", "see each other's secrets"),
    "accounts: {a: {endpoint: sandbox}, b: {endpoint: sandbox}}\nsources: [{folder: s}]": (
        "sources[0]",
        '"account" is missing',
    ),
    "accounts: {alpha: {endpoint: sandbox}}\nsources: [{folder: s, account: alpa}]": (
        "sources[0].account",
        "no account alpa",
    ),
    "accounts: {a: {endpoint: sandbox}}\nsources: [{folder: s, git: g}]": (
        "sources[0]",
        "exclude each other",
    ),
    "accounts: {a: {endpoint: sandbox}}\nsources: [{account: a}]": ("sources[0]", "is missing"),
    "accounts: {a: {endpoint: sandbox}}\nsources: [{folder: s, ref: main}]": (
        "sources[0].ref",
        "is for git:",
    ),
    "accounts: {a: {endpoint: sandbox}}\nsources: [{folder: s}, {folder: t/s}]": (
        "sources[1]",
        "is called s too",
    ),
    "accounts: {a: {endpoint: sandbox}}\nsources: [{folder: s, account: '{1}', stacks: ['**/*.yml',"
    " x/y.yaml]}]": ("sources[0].account", "as many single *"),
    "accounts: {a: {endpoint: sandbox}}\nsources: [{folder: s, stacks: ['../*.yaml']}]": (
        "sources[0].stacks[0]",
        "leaves the source",
    ),
    SMALL + "rules: [{mode: report, match: {tier: x}}]": ("rules[0].match", "last rule"),
    SMALL + "rules: [{mode: report}, {mode: apply}]": ("rules[0]", "never used"),
    SMALL + "rules: [{mode: report, allow: [create]}]": ("rules[0].allow", "no use for it"),
    SMALL + "rules: [{mode: propose, allow: [create]}]": ("rules[0].allow", "no use for it"),
    SMALL + "rules: [{mode: aply}]": ("rules[0].mode", "report, propose or apply"),
    SMALL + "rules: [{mode: apply, every: 100000d}]": ("rules[0].every", "at most 99999d"),
    SMALL + "rules: [{mode: apply, every: 0m}]": ("rules[0].every", "number with s, m, h or d"),
    SMALL + "rules: [{mode: apply, window: {deny: ['Fre 14:00/Mon 06:00']}}]": (
        "rules[0].window.deny[0]",
        "Fre is not a day",
    ),
    SMALL + "rules: [{mode: apply, window: {deny: ['Fri 25:00/Mon 06:00']}}]": (
        "rules[0].window.deny[0]",
        "25:00 is not a time",
    ),
    SMALL + "rules: [{mode: apply, window: {deny: ['00:00/24:00']}}]": (
        "rules[0].window",
        "no minute of the week",
    ),
    SMALL + "rules: [{mode: apply, window: {timezone: UTC}}]": ("rules[0].window", "is missing"),
    SMALL + "rules: [{mode: apply, window: {deny: ['01:00/02:00'], timezone: Mars/Here}}]": (
        "rules[0].window.timezone",
        "not a time zone",
    ),
    SMALL + "rules: [{mode: apply, window: {deny: ['01:00/02:00']}, windows: [{}]}]": (
        "rules[0].window",
        "exclude each other",
    ),
    SMALL + "notify: [{on: [drift]}]": ("notify[0]", "webhook or apprise is missing"),
    SMALL + "notify: [{webhook: {env: X}}, {webhook: {env: X}}]": ("notify[1]", "listed twice"),
    SMALL + "lease: 2s": ("lease", "at least 3s"),
    SMALL + "lease: 2h": ("lease", "at most 3600s"),
    SMALL + "web: {roles: {see: ['*']}}": ("web.roles", "neither oidc nor proxy"),
    SMALL + "web: {roles: {sea: ['*']}}": ("web.roles.sea", "unknown key"),
    SMALL + "web: {auth: {proxy: {from: [0.0.0.0/0]}}}": ("web.auth.proxy.from[0]", "everyone"),
    SMALL + "web: {auth: {proxy: {from: [here]}}}": ("web.auth.proxy.from[0]", "not an address"),
    SMALL + "web: {auth: {oidc: {issuer: 'http://id.example', client_id: x, client_secret: {env: X}"
    "}}}": ("web.auth.oidc.issuer", "https"),
    SMALL + "mode: report": ("mode", "unknown key"),
    "": ("", "empty"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_place(text: str) -> None:
    where, what = MISTAKES[text]
    found = find_mistakes(text)
    told = [(one.where, one.what) for one in found]
    assert any(one.where == where and what in one.what for one in found), told
    assert all(one.source is not None and one.source.path == "fleet.yaml" for one in found)


@pytest.mark.parametrize(
    ("match", "where", "hint"),
    [
        ("{tire: x}", "rules[0].match.tire", 'did you mean "tier"?'),
        ("{account: 'customer-*'}", "rules[0].match.account", "accounts: shop"),
        ("{account: 'sh*', tier: y, stack: z}", None, ""),
    ],
)
def test_a_rule_that_no_stack_can_match_is_a_warning(
    match: str, where: str | None, hint: str
) -> None:
    text = (
        "accounts: {shop: {endpoint: sandbox}}\nsources: [{folder: s, labels: {tier: x}}]\n"
        f"rules: [{{match: {match}, mode: propose}}, {{mode: apply}}]"
    )
    config, found = load_fleet(text.encode(), path="fleet.yaml")
    assert config is not None
    assert [(one.where, one.hint) for one in found] == ([] if where is None else [(where, hint)])


def test_a_bad_address_of_an_account_is_one_mistake_with_a_way_out_of_this_file() -> None:
    (found,) = find_mistakes(
        "accounts: {a: {endpoint: 'https://me:x@h/api', token: {env: X}}}\nsources: [{folder: s}]"
    )
    assert found.hint == "put credentials into client_id and client_secret, as references"


@pytest.mark.parametrize("longest", ["9999999s", "9999999m", "9999999h", "99999d"])
def test_the_longest_duration_is_one_after_which_there_is_still_a_date(longest: str) -> None:
    text = f"{SMALL}rules: [{{mode: report, every: {longest}}}]"
    every_s = load(text, "fleet.yaml").rules[0].every_s
    assert datetime.now(UTC) + 2 * timedelta(seconds=every_s)
    assert find_mistakes(text.replace(longest, f"9{longest}"))


def test_an_address_of_an_api_that_is_none_is_the_only_mistake_of_its_account() -> None:
    (mistake,) = find_mistakes(
        "accounts: {a: {token: {env: X}, ca_file: ca.pem, endpoint: 'http://h/api'}}\n"
        "sources: [{folder: s}]"
    )
    assert mistake.where == "accounts.a.endpoint"


def test_a_password_in_the_address_of_an_api_belongs_into_the_keys_of_its_account() -> None:
    (mistake,) = find_mistakes(
        "accounts: {a: {token: {env: X}, endpoint: 'https://ann:hunter2@h/api'}}\n"
        "sources: [{folder: s}]"
    )
    assert mistake.hint == "put credentials into client_id and client_secret, as references"
    assert "hunter2" not in mistake.what


ADDRESSES = {
    "https://user:hunter2@git.example.com/x.git": "user or a password",
    "https://token@git.example.com/x.git": "user or a password",
    "http://git.example.com/x.git": "could change what http brings",
    "git://git.example.com/x.git": "not supported",
    "ext::sh -c 'touch pwned'": "not the address",
    "--upload-pack=touch pwned": "not the address",
    "https:///x.git": "names no host",
    "ssh://git:secret@git.example.com/x": "user or a password",
    "git:hunter2@git.example.com:x.git": "user or a password",
    "https:/git:hunter2@git.example.com/x.git": "not the address",
    "https://git.example.com/x.git?private_token=hunter2": "with a query",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_git_must_not_get_is_refused_and_not_quoted(address: str) -> None:
    quoted = address.replace("'", "''")
    text = SMALL.replace("{folder: stacks}", f"{{git: '{quoted}'}}")
    found = find_mistakes(text)
    assert any(ADDRESSES[address] in one.what for one in found), found
    told = " ".join(f"{one.what} {one.hint}" for one in found)
    assert not {"hunter2", "secret@"} & set(told.split())
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "address",
    ["https://git.example.com/x.git", "ssh://git@git.example.com:2222/x", "git@host:x.git",
     "http://127.0.0.1:8080/x.git", "file:///srv/x.git", "/srv/x.git", "../x.git"],
)  # fmt: skip
def test_usual_addresses_are_taken(address: str) -> None:
    config = load(SMALL.replace("{folder: stacks}", f"{{git: '{address}'}}"), "fleet.yaml")
    assert config.sources[0].git is not None


REFERENCES = (
    "database: {}",
    "accounts: {{a: {{client_id: {}, client_secret: {{env: X}}}}}}",
    "accounts: {{a: {{client_secret: {}, client_id: {{env: X}}}}}}",
    "accounts: {{a: {{token: {}}}}}",
    "accounts: {{a: {{endpoint: sandbox, proxy: {}}}}}",
    "sources: [{{git: x, token: {}}}]",
    "sources: [{{git: x, webhook: {{secret: {}}}}}]",
    "notify: [{{webhook: {}}}]",
    "notify: [{{apprise: {}}}]",
    "web: {{auth: {{oidc: {{issuer: x, client_id: y, client_secret: {}}}}}}}",
)


@pytest.mark.parametrize("place", REFERENCES)
@pytest.mark.parametrize(
    "written",
    ["hunter2-value", "{env: 'hunter2-value'}", "{fiel: hunter2-value}", "[hunter2-value]",
     "{env: X, file: hunter2-value}", "{command: hunter2-value}", "{file: [hunter2-value]}"],
)  # fmt: skip
def test_what_stands_where_a_reference_belongs_is_never_shown(place: str, written: str) -> None:
    found = find_mistakes(place.format(written))
    told = " ".join(f"{one.what} {one.hint}" for one in found)
    assert "hunter2" not in told
    assert any(one.code in ("literal-secret", "bad-reference") for one in found), found


def test_each_reference_of_the_schema_is_known_as_one_that_may_be_a_secret() -> None:
    places = [path for path, _ in list_references(load(WHOLE))]
    assert len(places) == 8
    assert all(is_reference(path) for path in places)
    assert not is_reference(("accounts", "a", "limits"))
    assert not is_reference(("web", "auth", "proxy"))


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    config, diagnostics = load_fleet(text.encode("utf-8", "surrogatepass"), path="fleet.yaml")
    assert (config is None) == any(one.is_error for one in diagnostics)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(sorted(build_fleet_schema()["properties"])),
                                      inner, max_size=4), max_leaves=12))  # fmt: skip
def test_any_value_of_any_key_is_read_or_refused(value: object) -> None:
    import json

    config, diagnostics = load_fleet(json.dumps({"accounts": value, "sources": value}).encode(),
                                     path="fleet.yaml")  # fmt: skip
    assert config is None
    assert diagnostics
