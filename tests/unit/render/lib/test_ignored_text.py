"""The lines about changes that a file leaves alone."""

from datetime import date

from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.render.lib.ignored_text import ignored_lines

UNTIL = date(2026, 12, 31)


def test_servers_with_the_same_entry_share_a_line() -> None:
    one = [
        IgnoredField(key=f"web-{n}", field="memory", until=UNTIL, reason="load test")
        for n in range(1, 1001)
    ]
    other = IgnoredField(key="db", field="addons.backup", reason="by hand")
    last = IgnoredField(key="db", field="disks.2", until=UNTIL)
    assert ignored_lines([*one, other, last]) == [
        "memory of web-1 … web-1000 (1,000 servers): ignored until 2026-12-31 (load test)",
        "addons.backup of db: ignored (by hand)",
        "disks.2 of db: ignored until 2026-12-31",
    ]


def test_many_names_without_an_order_are_counted() -> None:
    names = [f"{chr(97 + n)}x" for n in range(20)]
    (line,) = ignored_lines(IgnoredField(key=name, field="notes", until=UNTIL) for name in names)
    assert line.startswith("notes of ax, bx, cx, dx, ex")
    assert "(20 servers)" in line
    assert "tx" not in line
