"""What is folded, apart from how it looks."""

from ccloud_apply.model.plan import Action, ServerPlan
from ccloud_apply.render.fold import fold_servers

from .plans import created


def test_folding_keeps_every_server_once_and_in_order() -> None:
    servers = [created(f"web-{i}", memory=8 if i < 5 else i) for i in range(8)]
    servers.append(ServerPlan(key="old", hostname="vs1", action=Action.DESTROY))
    folds = fold_servers(servers)
    assert [server for fold in folds for server in fold.servers] == servers
    assert [len(fold.servers) for fold in folds] == [5, 1, 1, 1, 1]


def test_a_moved_server_stands_alone() -> None:
    moved = [
        ServerPlan(key=f"b-{i}", hostname=f"vs{i}", action=Action.UPDATE, moved_from=f"a-{i}")
        for i in range(4)
    ]
    assert len(fold_servers(moved)) == 4


def test_no_servers_are_no_folds() -> None:
    assert fold_servers([]) == ()
