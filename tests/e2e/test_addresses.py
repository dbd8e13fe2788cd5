"""Addresses at every reading of where a new one shows, by the whole command: none can be taken away
again, so none is ever asked for while another one is not accounted for."""

from contextlib import closing
from pathlib import Path

import pytest

from ccloud_apply.apply import result
from ccloud_apply.sandbox.state.store import Store
from tests.conftest import RunCli
from tests.support.box import change_box, read_box
from tests.support.readings import choose_reading
from tests.support.stacks import APPLY, BOX, IS_EMPTY, once, with_faults, write_stack

TWO = BOX + "    ips: {ipv4: 2}\n"
ADD = "add_server_ip"


@pytest.fixture
def env(
    sandbox_env: dict[str, str], call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """An account with a server of one address; the file wants two."""
    monkeypatch.setattr(result, "_MIN_CONFIRM_S", 0.3)
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, TWO)
    return {**sandbox_env, "CCLOUD_GRACE": "0.3", "CCLOUD_SETTLE": "0"}


def addresses(env: dict[str, str], hostname: str | None = None) -> list[str]:
    """The IPv4 addresses that the server has, whatever the account shows."""
    hostname = hostname or read_box(env)["hostname"]
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store:
        found = [str(one["ip"]) for one in store.list_addresses() if one["hostname"] == hostname]
    return [ip for ip in found if ":" not in ip]


@pytest.mark.parametrize("journal", ["kept", "lost"])
@pytest.mark.parametrize("shows", ["all", "servers", "adapters", "ips"])
def test_one_address_is_added_wherever_it_shows(
    shows: str,
    journal: str,
    env: dict[str, str],
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose_reading(monkeypatch, new_address_shows=shows)
    applied = call_cli(*APPLY, env=env)
    assert applied.code == 0, applied.err
    for number in range(3):
        if journal == "lost":
            env = {**env, "CCLOUD_WORK_DIR": str(tmp_path / f"machine {number}")}
        again = call_cli(*APPLY, env=env)
        assert again.code == 0, again.err
        assert len(addresses(env)) == 2
    assert call_cli(*IS_EMPTY, env=env).code == 0
    told = call_cli("plan", "web.yaml", "--format", "json", env=env).out
    assert ("on no adapter; it counts" in told) == (shows == "ips")


def test_an_address_that_shows_nowhere_is_told_and_no_second_one_is_asked_for(
    env: dict[str, str], call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_reading(monkeypatch, new_address_shows="none")
    failed = call_cli(*APPLY, env=env)
    assert failed.code == 1
    (_, lost) = addresses(env)
    for _ in range(3):
        again = call_cli(*APPLY, env=env)
        assert again.code == 3, "the change that did not take is held"
        assert len(addresses(env)) == 2
    write_stack(tmp_path, BOX + "    ips: {ipv4: 5}\n")
    more = call_cli(*APPLY, env=env)
    assert more.code == 1
    assert f"was given {lost}, which no list of the account shows" in more.out + more.err
    assert len(addresses(env)) == 2, "no step of the same run asks for one either"

    choose_reading(monkeypatch, new_address_shows="ips")
    write_stack(tmp_path, TWO)
    assert call_cli(*APPLY, env=env).code == 0, "it has come to light"
    assert len(addresses(env)) == 2


@pytest.mark.parametrize("shows", ["servers", "adapters", "ips"])
def test_a_lost_answer_is_looked_for_in_all_lists(
    shows: str,
    env: dict[str, str],
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose_reading(monkeypatch, new_address_shows=shows)
    lost = once(ADD, {"drop": "after"})
    applied = call_cli(*APPLY, env=with_faults(env, tmp_path, lost))
    assert applied.code == 0, applied.err
    assert len(addresses(env)) == 2


def test_an_address_that_was_there_and_is_taken_away_by_others_is_asked_for_again(
    env: dict[str, str], call_cli: RunCli, tmp_path: Path
) -> None:
    assert call_cli(*APPLY, env=env).code == 0
    (adapter,) = read_box(env)["adapters"]
    taken = addresses(env)[1]
    gone = [ip for ip in adapter["ip_addresses"] if "_added" not in ip]
    change_box(env, adapters=[{**adapter, "ip_addresses": gone}])
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store, store.transaction(write=True):
        store._db.execute("DELETE FROM addresses WHERE ip = ?", (taken,))
    again = call_cli(*APPLY, env=env)
    assert again.code == 0, again.err
    assert len(addresses(env)) == 2


def test_a_lost_answer_proves_nothing_where_what_was_given_before_does_not_show(
    env: dict[str, str], call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = BOX.partition("  box:\n")[2]
    both = f"{BOX}  two:\n{fields}"
    box = read_box(env)["hostname"]
    write_stack(tmp_path, both)
    assert call_cli(*APPLY, env=env).code == 0
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store:
        (hostname,) = (s["hostname"] for s in store.all_servers() if "server:two" in s["tags"])
    choose_reading(monkeypatch, new_address_shows="none")
    write_stack(tmp_path, f"{TWO}  two:\n{fields}    ips: {{ipv4: 2}}\n")
    lost = once(ADD, {"drop": "after"}, nth=2)
    faulty = with_faults(env, tmp_path, lost)
    failed = call_cli(*APPLY, "--parallelism", "1", env=faulty)
    assert failed.code == 1
    assert "and none of 198.18." in failed.out + failed.err
    assert [len(addresses(env, name)) for name in (box, hostname)] == [2, 2]
    assert call_cli(*APPLY, env=env).code in {1, 3}
    assert len(addresses(env, hostname)) == 2, "nor does a later run ask again"

    choose_reading(monkeypatch, new_address_shows="ips")
    assert call_cli(*APPLY, env=env).code == 0, "all of them have come to light"
    assert [len(addresses(env, name)) for name in (box, hostname)] == [2, 2]
