"""Whether fleet.yaml has changed since it was read."""

from pathlib import Path

from ccloud_apply.fleet.config.watch import ConfigWatch


def test_each_change_is_told_once_and_a_missing_file_is_none(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text("a")
    watch = ConfigWatch(str(file))
    assert not watch.has_changed()
    file.write_text("ab")
    assert watch.has_changed()
    assert not watch.has_changed()
    file.unlink()
    assert not watch.has_changed()
    file.write_text("abc")
    assert watch.has_changed()
