"""What is folded, apart from how it looks."""

from dataclasses import replace

from ccloud_apply.model.results.plan import Action, FieldChange, ServerPlan
from ccloud_apply.render.plan.fold import fold_servers
from tests.support.render.plans import created


def test_folding_keeps_every_server_once_and_in_order() -> None:
    servers = [created(f"web-{i}", memory=8 if i < 5 else i) for i in range(8)]
    servers.append(ServerPlan(key="old", hostname="vs1", action=Action.DESTROY))
    folds = fold_servers(servers)
    assert [server for fold in folds for server in fold.servers] == servers
    assert [len(fold.servers) for fold in folds] == [5, 1, 1, 1, 1]


def test_a_servers_own_part_of_its_key_makes_no_difference() -> None:
    servers = [
        replace(created(f"worker-{name}", tags=["worker", f"site:{name}"]), instance=name)
        for name in ("fra-01", "nue-02")
    ]
    (fold,) = fold_servers(servers)
    assert [c.after for c in fold.changes if c.field == "tags"] == [["worker", "site:${each.key}"]]


def test_a_number_that_only_contains_the_index_is_left_alone() -> None:
    servers = [
        replace(created(f"web-{i}", notes=f"node {i} of debian12"), instance=str(i)) for i in (1, 2)
    ]
    (fold,) = fold_servers(servers)
    assert [c.after for c in fold.changes if c.field == "notes"] == ["node ${index} of debian12"]


def test_a_moved_server_stands_alone() -> None:
    moved = [
        ServerPlan(key=f"b-{i}", hostname=f"vs{i}", action=Action.UPDATE, moved_from=f"a-{i}")
        for i in range(4)
    ]
    assert len(fold_servers(moved)) == 4


def test_servers_that_lose_data_stand_alone() -> None:
    disk = FieldChange(field="disks.2", before=20, is_destructive=True)
    losing = [
        ServerPlan(key=f"b-{i}", hostname=f"vs{i}", action=Action.UPDATE, changes=(disk,))
        for i in range(4)
    ]
    assert len(fold_servers(losing)) == 4


def test_no_servers_are_no_folds() -> None:
    assert fold_servers([]) == ()
