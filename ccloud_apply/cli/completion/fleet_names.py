"""What a fleet has by name: accounts, and the stacks of its sources. Offline.

Folders are looked at as they are, repositories as they were fetched last on this machine.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ccloud_apply.cli.completion.outlines import MAX_FILES, read_mapping, read_outlines
from ccloud_apply.files import walk_yaml
from ccloud_apply.fleet.config.source_names import name_source
from ccloud_apply.fleet.patterns import Pattern, PatternError, compile_pattern, fill

_MAX_WALKED = 5_000
"""The most files of a source that are looked at."""


class FleetStack(NamedTuple):
    """A stack of a fleet; the account is empty where the file does not say it."""

    account: str
    name: str


class Fleet(NamedTuple):
    """What fleet.yaml names."""

    accounts: tuple[str, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    folder: Path = Path()
    work_dir: Path = Path()

    def stacks(self) -> Iterator[FleetStack]:
        """The stacks of all sources."""
        for source in self.sources:
            root = self._find_root(source)
            if root is not None:
                yield from self._read_source(source, root)

    def _find_root(self, source: dict[str, Any]) -> Path | None:
        folder = source.get("folder")
        if isinstance(folder, str):
            return self.folder / folder
        commits = self.work_dir / "sources" / name_source(source) / "commits"
        fetched = [one for one in commits.glob("*") if one.is_dir()]
        return max(fetched, key=lambda one: one.stat().st_mtime, default=None)

    def _read_source(self, source: dict[str, Any], root: Path) -> Iterator[FleetStack]:
        patterns = tuple(_compile(source.get("stacks")))
        told = source.get("account")
        account = told if isinstance(told, str) else self.accounts[0] if self.accounts else ""
        env = source.get("env")
        for file, stars in islice(_match(root, patterns), MAX_FILES):
            for outline in read_outlines((file,), None, env if isinstance(env, str) else None):
                try:
                    yield FleetStack(account=fill(account, stars), name=outline.stack)
                except LookupError:
                    yield FleetStack(account="", name=outline.stack)


def read_fleet(file: str, work_dir: str) -> Fleet:
    """What this file names; an empty fleet where it cannot be read."""
    path = Path(file)
    document = read_mapping(path) or {}
    accounts, sources = document.get("accounts"), document.get("sources")
    return Fleet(
        accounts=tuple(accounts) if isinstance(accounts, dict) else (),
        sources=tuple(one for one in sources if isinstance(one, dict))
        if isinstance(sources, list)
        else (),
        folder=path.parent,
        work_dir=Path(work_dir),
    )


def _compile(entries: Any) -> Iterator[Pattern]:
    for entry in entries if isinstance(entries, list) else ("**/*.yaml", "**/*.yml"):
        try:
            yield compile_pattern(entry)
        except (PatternError, AttributeError, TypeError):
            continue


def _match(root: Path, patterns: tuple[Pattern, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The files that a pattern names, and what its stars stand for."""
    for file in islice(walk_yaml(root), _MAX_WALKED):
        name = file.relative_to(root).as_posix()
        found = (pattern.match(name) for pattern in patterns)
        stars = next((one for one in found if one is not None), None)
        if stars is not None:
            yield file, stars
