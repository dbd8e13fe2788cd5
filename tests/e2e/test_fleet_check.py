"""`fleet init` and `fleet check`: from nothing to a fleet that works, and what is in its way."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.fleet_sources import Repository, spell_stack
from tests.support.issuer import serve_issuer

SANDBOX = "accounts: {shop: {endpoint: sandbox}}\n"


def write(folder: Path, text: str) -> None:
    (folder / "fleet.yaml").write_text(text)


def test_what_init_writes_works_as_it_says(call_cli: RunCli, tmp_path: Path) -> None:
    ended = call_cli("fleet", "init")
    assert ended.code == 0
    assert "ccloud-apply fleet check" in ended.out
    missing = call_cli("fleet", "check")
    assert missing.code == 1
    assert "there is no folder stacks" in missing.err
    (tmp_path / "stacks").mkdir()
    empty = call_cli("fleet", "check")
    assert empty.code == 0
    assert "warning: fleet.yaml:16:5: sources.stacks: no file is named by" in empty.err
    (tmp_path / "stacks" / "web.yaml").write_text(spell_stack("web"))
    ready = call_cli("fleet", "check")
    assert (ready.code, ready.err) == (0, "")
    assert "stacks: 1 stack" in ready.out
    assert "fleet.yaml is ready: 1 rule" in ready.out
    again = call_cli("fleet", "init")
    assert again.code == 1
    assert "exists already" in again.err


def test_a_fleet_without_a_file_says_how_to_begin(call_cli: RunCli) -> None:
    ended = call_cli("fleet", "check", "--config", "ops/fleet.yaml")
    assert ended.code == 1
    assert "the file ops/fleet.yaml does not exist" in ended.err
    assert "fleet init" in ended.err


def test_each_mistake_of_fleet_yaml_is_told_at_once(call_cli: RunCli, tmp_path: Path) -> None:
    write(tmp_path, "accounts: {shop: {endpint: sandbox}}\nsources: [{folder: s, pol: 5m}]\n")
    ended = call_cli("fleet", "check", "--offline")
    assert ended.code == 1
    assert "fleet.yaml:1:19: accounts.shop.endpint: unknown key" in ended.err
    assert 'did you mean "endpoint"?' in ended.err
    assert "fleet.yaml:2:23: sources[0].pol: unknown key" in ended.err
    document = json.loads(call_cli("fleet", "check", "--format", "json").out)
    assert [one["code"] for one in document["errors"]] == ["unknown-key", "unknown-key"]


def test_references_and_accounts_are_looked_at(
    call_cli: RunCli,
    tmp_path: Path,
    http_env: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "web.yaml").write_text(spell_stack("web"))
    endpoint = http_env["CCLOUD_ENDPOINT"]
    monkeypatch.setenv("SHOP_ID", "client")
    (tmp_path / "shop.secret").write_text("the-client-secret\n")
    write(
        tmp_path,
        f"accounts:\n  shop:\n    endpoint: {endpoint}\n    client_id: {{env: SHOP_ID}}\n"
        "    client_secret: {file: shop.secret}\nsources: [{folder: s}]\n"
        "notify: [{webhook: {env: MISSING_URL}}]\n",
    )
    ended = call_cli("fleet", "check", env={})
    assert ended.code == 1
    assert (
        "fleet.yaml:7:20: notify[0].webhook: the environment variable MISSING_URL is not set"
        in (ended.err)
    )
    assert "customer" in ended.out
    assert "the-client-secret" not in ended.out + ended.err
    offline = call_cli("fleet", "check", "--offline", env={})
    assert (offline.code, offline.err) == (0, "")
    assert "not asked" in offline.out


def test_an_account_that_cannot_be_reached_is_named(
    call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s").mkdir()
    monkeypatch.setenv("SHOP_TOKEN", "token")
    write(
        tmp_path,
        "accounts: {shop: {token: {env: SHOP_TOKEN}, ca_file: missing.pem}}\n"
        "sources: [{folder: s}]\n",
    )
    ended = call_cli("fleet", "check", env={})
    assert ended.code == 1
    assert "fleet.yaml:1:18: accounts.shop:" in ended.err
    assert "missing.pem" in ended.err
    assert "not reached" in ended.out


def test_broken_files_and_names_that_stand_twice_are_named_for_ci(
    call_cli: RunCli, tmp_path: Path
) -> None:
    repository = Repository(tmp_path / "repo")
    repository.write_stack("one.yaml", "web")
    repository.write_stack("two.yaml", "web")
    repository.write("broken.yaml", "stack: broken\nservers: {web: {corez: 1}}\n")
    commit = repository.commit()
    write(tmp_path, SANDBOX + "sources: [{git: repo, ref: main}]\n")
    document = json.loads(call_cli("fleet", "check", "--format", "json").out)
    assert document["valid"] is False
    assert document["sources"] == [
        {"name": "repo", "place": "repo", "ref": "main", "commit": commit, "stacks": 2}
    ]
    told = {one["path"]: one["what"] for one in document["errors"]}
    assert set(told) == {"broken.yaml", "two.yaml"}
    assert "is declared by one.yaml of repo too" in told["two.yaml"]


def test_accounts_that_share_their_secrets_are_a_warning(call_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    write(
        tmp_path,
        "accounts: {a: {token: {env: A}}, b: {token: {env: B}}}\n"
        "sources: [{folder: s, account: a}]\n",
    )
    ended = call_cli("fleet", "check", "--offline")
    assert ended.code == 0
    assert "the stacks of a, b see the same variables CCLOUD_SECRET_*" in ended.err


def test_a_stack_whose_secret_has_another_accounts_prefix_does_not_get_it(
    call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two customers' stacks name the same variable, and each gets its own."""
    monkeypatch.setenv("A_SECRET_WEB", "password-of-a!1")
    monkeypatch.setenv("CCLOUD_SECRET_WEB", "password-of-nobody!1")
    server = (
        "{pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 1,"
        " disks: [20], password: {env: CCLOUD_SECRET_WEB}}"
    )
    for account in ("a", "b"):
        (tmp_path / "s" / account).mkdir(parents=True)
        (tmp_path / "s" / account / "web.yaml").write_text(
            f"stack: web\nservers:\n  web: {server}\n"
        )
    write(
        tmp_path,
        "accounts:\n  a: {endpoint: sandbox, sandbox_speed: 1000, secrets: {prefix: A_SECRET_}}\n"
        "  b: {endpoint: sandbox, sandbox_speed: 1000, secrets: {prefix: B_SECRET_}}\n"
        "sources: [{folder: s, stacks: ['*/*.yaml'], account: '{1}'}]\n"
        "rules: [{mode: apply}]\n",
    )
    ended = call_cli("fleet", "serve", "--once", env={"CCLOUD_SECRET_WEB": "password-of-nobody!1"})
    status = json.loads(call_cli("fleet", "status", "--format", "json", env={}).out)
    states = {one["account"]: one["state"] for one in status["stacks"]}
    assert states == {"a": "clean", "b": "failing"}, ended.err
    told = ended.out + ended.err + json.dumps(status)
    assert "CCLOUD_SECRET_WEB is not set (set B_SECRET_WEB for the worker" in told
    assert "password-of" not in told


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Apprise's plug-ins
@pytest.mark.parametrize(
    ("kind", "address", "told"),
    [
        ("apprise", "no-such-service://it-is-secret", "is not one that Apprise knows"),
        ("webhook", "http://alerts.example/it-is-secret", "would get its messages in clear text"),
        ("webhook", "it-is-secret", "is not a URL"),
    ],
)
def test_a_sink_that_could_never_be_told_is_found_before_it_is_needed(
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    address: str,
    told: str,
) -> None:
    write_sink(tmp_path, kind, address, monkeypatch)
    ended = call_cli("fleet", "check")
    assert ended.code == 1
    assert f"fleet.yaml:3:20: notify[0].{kind}: " in ended.err
    assert told in ended.err
    assert "it-is-secret" not in ended.err + ended.out
    assert call_cli("fleet", "check", "--offline").code == 0


def test_a_sink_whose_package_is_missing_is_told_with_the_extra(
    call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    write_sink(tmp_path, "apprise", "json://127.0.0.1:9", monkeypatch)
    ended = call_cli("fleet", "check")
    assert ended.code == 1
    assert "a sink of Apprise needs the package apprise" in ended.err
    assert "[fleet-notify]" in ended.err


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Apprise's plug-ins
@pytest.mark.parametrize(
    ("kind", "address"),
    [("apprise", "json://127.0.0.1:9"), ("webhook", "https://alerts.example/hook")],
)
def test_a_sink_that_could_be_told_is_told_nothing_by_a_check(
    call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, address: str
) -> None:
    write_sink(tmp_path, kind, address, monkeypatch)
    ended = call_cli("fleet", "check")
    assert (ended.code, ended.err) == (0, "")


def write_sink(folder: Path, kind: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SINK_URL", address)
    (folder / "s").mkdir()
    (folder / "s" / "web.yaml").write_text(spell_stack("web"))
    write(
        folder,
        f"{SANDBOX}sources: [{{folder: s, account: shop}}]\n"
        f"notify: [{{{kind}: {{env: SINK_URL}}}}]\n",
    )


def test_the_issuer_of_the_sign_in_is_asked(
    call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OIDC_SECRET", "the-oidc-secret")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "web.yaml").write_text(spell_stack("web"))
    with serve_issuer() as issuer:
        write(
            tmp_path,
            f"{SANDBOX}sources: [{{folder: s, account: shop}}]\nweb:\n  url: https://f.example\n"
            f"  auth: {{oidc: {{issuer: {issuer.url}, client_id: fleet,"
            " client_secret: {env: OIDC_SECRET}}}\n  roles: {see: ['*']}\n",
        )
        assert call_cli("fleet", "check").code == 0
        assert issuer.requests == ["/.well-known/openid-configuration"]
        issuer.is_down = True
        ended = call_cli("fleet", "check")
        assert ended.code == 1
        assert (
            "fleet.yaml:5:25: web.auth.oidc.issuer: the issuer cannot be reached (it answered 503)"
            in ended.err
        )
        assert "the-oidc-secret" not in ended.err + ended.out
        assert call_cli("fleet", "check", "--offline").code == 0
