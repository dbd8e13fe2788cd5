"""Tags, names and passwords; what is told once; what is read, and for whom."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.reference import Reference, Template
from ccloud_apply.model.declared.stack import Lifecycle, ServerSpec
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Account, LiveDrive
from ccloud_apply.model.live.catalog import Pool
from ccloud_apply.model.live.read import Read
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.checks.lib.base import Check, Finding, Subject
from ccloud_apply.plan.checks.registry import CHECKS, parse_codes
from ccloud_apply.plan.checks.run import MAX_FOUND, check_offline
from ccloud_apply.render.other.diagnostics_text import render_diagnostic
from ccloud_apply.render.other.github import render_annotations
from tests.support.builders import PATH, account, live, spec, stack
from tests.support.finding import EVERYTHING, found, new
from tests.support.reads import all_reads, catalogues
from tests.support.render.harmless import assert_harmless

SHORT = Reference(kind="env", name="CCLOUD_SECRET_X", base=PATH, is_secret=True)


def test_a_short_password_is_an_error_of_a_new_server_alone() -> None:
    weak = frozenset({SHORT})
    password = {"env": SHORT.name}
    (diagnostic,) = found("CCA140", new(password=password), weak_secrets=weak)
    assert diagnostic.what == ("the password in {env: CCLOUD_SECRET_X} has fewer than 8 characters")
    lives = account(live(key="web"))
    assert found("CCA140", spec(password=password, cores=3), lives, weak_secrets=weak) == []
    assert found("CCA140", new(password=password)) == []


@pytest.mark.parametrize(
    ("sshkey", "count"),
    [
        ("ssh-ed25519 A", 0),
        (["ssh-ed25519 A"], 0),
        (None, 0),
        ({"file": "keys.pub"}, 0),
        ("# mine\n\nssh-ed25519 A\n", 0),
        ("ssh-ed25519 A\nssh-ed25519 B\n", 2),
        (["ssh-ed25519 A", "ssh-ed25519 B", "ssh-ed25519 C"], 3),
    ],
)
def test_several_keys_of_a_new_server_are_a_warning(sshkey: Any, count: int) -> None:
    diagnostics = found("CCA141", new(sshkey=sshkey))
    assert [d.severity for d in diagnostics] == [Severity.WARNING] * (count > 0)
    assert all(d.what.startswith(f"{count} keys are sent") for d in diagnostics)
    lives = account(live(key="web"))
    assert found("CCA141", spec(sshkey=sshkey, cores=3), lives) == []


def test_several_keys_of_a_template_are_a_warning() -> None:
    keys = Template("keys", PATH, parts=("ssh-ed25519 A\n", "ssh-ed25519 B"))
    server = new(sshkey="ssh-ed25519 A")
    given = replace(server.fields["sshkey"], value=keys)
    (diagnostic,) = found("CCA141", replace(server, fields={**server.fields, "sshkey": given}))
    assert "2 keys" in diagnostic.what


def test_a_tag_that_a_live_server_spells_otherwise_is_a_warning() -> None:
    lives = account(live(7, tags=("Web",)))
    (diagnostic,) = found("CCA150", new(tags=["web"]), lives)
    assert diagnostic.severity is Severity.WARNING
    assert diagnostic.hint == "write Web in all places"
    assert found("CCA150", new(tags=["Web"]), lives) == []


def test_an_ownership_tag_that_would_be_spelled_otherwise_is_an_error() -> None:
    (diagnostic,) = found("CCA151", new(), account(live(7, tags=("STACK:shop",))))
    assert "the account already has the tag STACK:shop" in diagnostic.what


def test_two_new_servers_with_one_name_are_a_warning() -> None:
    twins = stack(new("a", custom_name="web"), new("b", custom_name="web"))
    (diagnostic,) = found("CCA160", twins)
    assert (diagnostic.severity, diagnostic.where) == (Severity.WARNING, "servers.b.custom_name")
    swapped = stack(spec("a", custom_name="one"), spec("b", custom_name="two"))
    lives = account(live(1, key="a", custom_name="two"), live(2, key="b", custom_name="one"))
    assert found("CCA160", swapped, lives) == []


def test_offline_a_file_is_checked_as_far_as_it_goes() -> None:
    managed = new("a", type="managed", addons={"monitoring": 1}, tags=["x", "X"])
    weak = new("b", password={"env": SHORT.name})
    diagnostics = check_offline([stack(managed, weak)], weak_secrets=frozenset({SHORT}))
    assert [d.code for d in diagnostics] == ["CCA114", "CCA150", "CCA140"]
    silenced = check_offline([stack(managed)], no_checks=frozenset({"CCA114", "CCA150"}))
    assert silenced == ()


def _find_forbidden(subject: Subject) -> Iterator[Finding]:
    if subject.spec.value("cores") == 13:
        yield Finding(subject=subject, field="cores", what="13 cores bring bad luck")


def test_a_check_that_needs_no_account_is_made_by_validate_and_by_a_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check = Check(code="CCA999", title="no bad luck", find_offline=_find_forbidden)
    monkeypatch.setattr("ccloud_apply.plan.checks.run.CHECKS", {check.code: check})
    unlucky = new("a", cores=13)
    instances = [replace(unlucky, key=f"a-{n}", base_key="a") for n in range(3)]
    desired = stack(*instances)
    (offline,) = check_offline([desired])
    built, (planned,) = build_plan([desired], EVERYTHING, PlanOptions())
    assert built is None
    assert offline == planned
    assert (planned.code, planned.where) == ("CCA999", "servers.a.cores")


def test_a_plan_asks_such_a_check_about_no_server_that_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check = Check(code="CCA999", title="no bad luck", find_offline=_find_forbidden)
    monkeypatch.setattr("ccloud_apply.plan.checks.run.CHECKS", {check.code: check})
    there = account(live(key="web", cores=13))
    assert build_plan([stack(spec(cores=13))], there, PlanOptions())[1] == ()
    assert build_plan([stack(spec(cores=13, notes="new"))], there, PlanOptions())[1] != ()


def test_what_stands_once_in_a_file_is_told_once() -> None:
    shared = new("a", pool="nope")
    instances = (replace(shared, key=f"a-{n}", base_key="a") for n in range(50))
    (diagnostic,) = found("CCA101", stack(*instances), EVERYTHING)
    assert diagnostic.where == "servers.a.pool"


def test_not_more_is_told_than_a_person_reads_and_errors_come_first() -> None:
    many = [
        new(f"k{n}", type="managed", addons={"monitoring": 1}, tags=["x", "X"])
        for n in range(MAX_FOUND)
    ]
    diagnostics = check_offline([stack(*many)])
    assert len(diagnostics) == MAX_FOUND + 1
    assert {d.code for d in diagnostics[:-1]} == {"CCA114"}
    assert diagnostics[-1].code == "more-errors"
    assert diagnostics[-1].severity is Severity.WARNING


def test_a_catalogue_that_could_not_be_read_is_a_warning_and_never_an_error() -> None:
    lives = replace(EVERYTHING, pools=None, unread={"list_pools": "403: forbidden"})
    built, errors = build_plan([stack(new())], lives, PlanOptions())
    assert errors == ()
    assert built is not None
    (warning,) = built.stacks[0].warnings
    assert (warning.code, warning.severity) == ("CCA100", Severity.WARNING)
    assert "CCA101, CCA115 cannot be checked: 403: forbidden" in warning.what
    assert build_plan([stack(new())], lives, PlanOptions(no_checks=frozenset({"CCA100"})))[0] != (
        built
    )


def test_an_unknown_code_is_refused_and_known_ones_are_named() -> None:
    assert parse_codes(["CCA101", "CCA100"]) == {"CCA101", "CCA100"}
    with pytest.raises(UsageError, match="no check CCA999") as caught:
        parse_codes(["CCA999"])
    assert "CCA101" in caught.value.hint


def reads_of(desired: ServerSpec, lives: Account, **options: Any) -> set[str]:
    return catalogues(stack(desired), lives, **options)


NEW = {"list_pools", "get_resource_info"}


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({}, set()),
        ({"addons": {"backup": 1}}, {"list_addons"}),
        ({"addons": {"gpu_a2": 1}}, {"list_addons", "list_gpus"}),
        ({"rollouts": ["x"]}, {"list_rollouts"}),
        ({"rollouts": []}, set()),
        ({"subnets": [1]}, {"list_subnets"}),
        ({"subnets_intern": [1]}, {"list_subnets"}),
    ],
)
def test_a_new_server_asks_for_the_catalogues_of_what_it_declares(
    fields: dict[str, Any], more: set[str]
) -> None:
    assert reads_of(new(**fields), account()) == NEW | more
    assert reads_of(new(**fields), account(), is_destroy=True) == set()
    assert reads_of(new(**fields), account(), has_checks=False) == set()
    assert reads_of(new(**fields), account(), no_checks=frozenset(CHECKS)) == set()


@pytest.mark.parametrize(
    ("fields", "reads"),
    [
        ({"addons": {"backup": 1}, "cores": 2, "memory": 4, "disks": [50]}, set()),
        ({"notes": "new", "tags": ["new"], "power": "off"}, set()),
        ({"cores": 1}, set()),
        ({"cores": 3}, {"get_resource_info"}),
        ({"memory": 8}, {"get_resource_info"}),
        ({"disks": [50, 10]}, {"get_resource_info"}),
        ({"addons": {}}, {"list_addons"}),
        ({"addons": {"backup": 1, "gpu_a2": 1}}, {"list_addons", "list_gpus", "list_pools"}),
    ],
)
def test_a_live_server_asks_for_the_catalogues_of_what_changes(
    fields: dict[str, Any], reads: set[str]
) -> None:
    lives = account(live(key="web", addons={"backup": 1}))
    assert reads_of(spec(**fields), lives) == reads
    ignored = Lifecycle(ignore_changes=ignoring(*fields))
    assert reads_of(spec(lifecycle=ignored, **fields), lives) == set()


def test_disks_ask_for_nothing_before_they_are_read() -> None:
    """What the list calls `disk` need not be the sum of the disks."""
    server = live(key="web", disk_gb=5)
    unread = replace(server, parts={})
    assert reads_of(spec(disks=[50]), account(server)) == set()
    assert reads_of(spec(disks=[50, 10]), account(unread)) == set()


def test_gpus_are_asked_for_where_a_live_server_gets_more_of_them() -> None:
    servers = [live(n, key=f"s{n}", addons={"gpu_a2": 1}) for n in (1, 2)]
    desired = stack(
        spec("s1", addons={"gpu_a2": 1}),
        spec("s2", addons={"gpu_a2": 2}),
        new("s3", addons={"gpu_a2": 2}),
    )
    found = {read for read in all_reads(desired, account(*servers)) if read.hostname}
    assert found == {Read("list_server_gpus", "vs2", is_optional=True)}
    silenced = all_reads(desired, account(*servers), no_checks=frozenset({"CCA116"}))
    assert {read for read in silenced if read.hostname} == set()


def test_images_are_asked_for_where_a_server_mounts_one_anew() -> None:
    def reads(*servers: ServerSpec, **facts: Any) -> set[tuple[str, str]]:
        drives = (LiveDrive(id="sc0s5", path="\\\\iso\\a.iso"),)
        lives = account(live(1), live(2, key="web", drives=drives, **facts))
        found = all_reads(stack(*servers), lives)
        return {(r.operation_id, r.hostname) for r in found if r.operation_id == "list_server_isos"}

    assert reads(spec("web", dvds=["a.iso"])) == set()
    assert reads(spec("web", dvds=["b.iso"])) == {("list_server_isos", "vs2")}
    assert reads(spec("web", dvds=["b.iso"]), is_building=True) == set()
    assert reads(spec("web"), new("other", dvds=["b.iso"])) == {("list_server_isos", "vs1")}
    assert reads(spec("web"), new("other", dvds=[])) == set()


@pytest.mark.parametrize("text", ["a\x1b[31m", "x\n::add-mask::x", "##[error]", "\u202eabc"])
def test_what_a_catalogue_says_commands_nobody(text: str) -> None:
    pools = (Pool(pool=text, is_active=False), Pool(pool=f"{text}2"))
    lives = replace(EVERYTHING, pools=pools)
    for pool in (text, "other"):
        (diagnostic,) = found("CCA101", new(pool=pool), lives)
        assert_harmless(render_diagnostic(diagnostic))
        annotations = render_annotations([diagnostic], lambda path: path)
        assert_harmless(annotations.removeprefix("::error "))


def test_eleven_snapshots_are_too_many_in_a_file_and_for_a_new_server() -> None:
    names = [f"s{n}" for n in range(11)]
    (diagnostic,) = check_offline([stack(new(snapshots=names))])
    assert (diagnostic.code, diagnostic.hint) == (
        "CCA190",
        "leave 1 of them out; if the platform takes more: CCLOUD_LIMIT_SNAPSHOTS",
    )
    (planned,) = found("CCA190", new(snapshots=names))
    assert (planned.where, planned.hint) == (
        "servers.web.snapshots",
        "if the platform takes more: CCLOUD_LIMIT_SNAPSHOTS",
    )
    assert found("CCA190", new(snapshots=names[:10])) == []
    gone = {name: name != "s0" for name in names}
    assert found("CCA190", new(snapshots=gone)) == []
