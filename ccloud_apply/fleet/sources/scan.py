"""The files of a source -> what each of them declares. Only files of which something has changed
are loaded."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from ccloud_apply.fleet.model.config import AccountConfig, SourceConfig
from ccloud_apply.fleet.patterns import compile_pattern, fill
from ccloud_apply.fleet.sources.guess import guess_named_stacks
from ccloud_apply.fleet.sources.stacks import SourceFiles, describe_first, read_found
from ccloud_apply.fleet.sources.tree import FoundFile, Tree
from ccloud_apply.fleet.store.statements.declarations import Declaration
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.join import find_named_stacks
from ccloud_apply.load.text.format_values import did_you_mean, escape
from ccloud_apply.model.declared.project import PROJECT_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What has changed: declarations that are new or say something else, and files that are gone.

    `loaded` is how many files had to be read.
    """

    changed: tuple[Declaration, ...]
    gone: tuple[str, ...]
    loaded: int


def scan_tree(
    tree: Tree,
    source: SourceConfig,
    accounts: Mapping[str, AccountConfig],
    known: Mapping[str, Declaration],
) -> Scan:
    """Compare the files with what is known of them. Raises SourceError for one that cannot be
    read; what is wrong inside of one is in its declaration."""
    scanner = _Scanner(tree=tree, source=source, accounts=accounts, known=known)
    patterns = tuple(map(compile_pattern, source.stacks))
    declared = map(scanner.declare, tree.match(patterns))
    found = _drop_named({one.path: one for one in declared})
    return Scan(
        changed=tuple(one for path, one in found.items() if known.get(path) != one),
        gone=tuple(path for path in known if path not in found),
        loaded=scanner.loaded,
    )


_AT_ONCE = 500
"""Files in one transaction, if there are more: others write between two of them."""


def split_scan(scan: Scan) -> Iterator[Scan]:
    """The same in parts. A usual push is one part, so that a stack whose file has got another name
    is never without one, or with two. Files that may take servers come before those that may give
    them, which would have them destroyed."""
    if len(scan.changed) + len(scan.gone) <= _AT_ONCE:
        yield scan
        return
    yield replace(scan, changed=())
    changed = sorted(scan.changed, key=lambda one: not one.named)
    for at in range(0, len(changed), _AT_ONCE):
        yield replace(scan, changed=tuple(changed[at : at + _AT_ONCE]), gone=())


def _drop_named(found: Mapping[str, Declaration]) -> dict[str, Declaration]:
    """A file that a stack names, such as one that it extends, declares nothing itself. It is read
    again at each poll, because the other stack may stop naming it."""
    named = {
        file
        for one in found.values()
        if one.name is not None or one.error is not None
        for file in one.files
        if file in found and _may_take(one, found[file])
    }
    return {
        path: Declaration(source=one.source, path=path, account=one.account)
        if path in named and posixpath.basename(path) != PROJECT_FILE
        else one
        for path, one in found.items()
    }


def _may_take(one: Declaration, other: Declaration) -> bool:
    """True if a file that names another one takes it out of the stacks. Nobody takes a stack out of
    another account, and of files that name each other all stay, to be told."""
    is_shared = other.name is None or other.account == one.account
    return other.path != one.path and is_shared and one.path not in other.files


@dataclass(slots=True, kw_only=True)
class _Scanner:
    tree: Tree
    source: SourceConfig
    accounts: Mapping[str, AccountConfig]
    known: Mapping[str, Declaration]
    loaded: int = 0
    _files: SourceFiles = field(init=False)

    def __post_init__(self) -> None:
        self._files = SourceFiles(self.tree.root)

    def declare(self, file: FoundFile) -> Declaration:
        """What the file declares, as it is known where nothing of it has changed."""
        if not file.path.isprintable() or not _is_text(file.path):
            shown = escape(file.path, limit=500)
            empty = Declaration(source=self.source.name, path=shown, account="")
            return replace(empty, error="the file's name has characters that cannot be shown")
        account = fill(self.source.account or "", file.stars)
        labels = {name: fill(value, file.stars) for name, value in self.source.labels.items()}
        empty = Declaration(source=self.source.name, path=file.path, account=account, labels=labels)
        if account not in self.accounts:
            return replace(empty, account=account[:63], error=self._tell_account(account))
        before = self.known.get(file.path)
        if before is not None and before.account == account and self._is_same(before):
            return replace(before, labels=labels)
        self.loaded += 1
        return self._load(empty, before)

    def _is_same(self, before: Declaration) -> bool:
        """A broken file is always read again: what was wrong may be elsewhere."""
        is_kept = bool(before.tree) and before.error is None
        return is_kept and self._digest(before.files) == before.tree

    def _digest(self, files: tuple[str, ...]) -> str:
        return self.tree.digest(files, self.source.env or "")

    def _load(self, empty: Declaration, before: Declaration | None) -> Declaration:
        path, account = empty.path, empty.account
        if posixpath.basename(path) == PROJECT_FILE:
            return empty
        found = read_found(
            self.tree.root,
            path,
            source=self.source,
            account=self.accounts[account],
            files=self._files,
        )
        whole = replace(empty, files=found.files, tree=self._digest(found.files))
        if found.stack is not None:
            earlier = tuple(one.before for one in found.stack.renamed)
            place = found.stack.source
            return replace(
                whole,
                name=found.stack.name,
                line=place.line,
                earlier=earlier,
                named=tuple(sorted(find_named_stacks(found.stack))),
            )
        if not found.is_stack:
            return whole
        line, what = describe_first(found.diagnostics, path)
        guessed = guess_named_stacks(self.tree.root, path)
        broken = replace(whole, line=line, error=what, named=tuple(sorted(guessed)))
        if before is None or before.account != account:
            return broken
        named = tuple(sorted(guessed.union(before.named)))
        return replace(broken, name=before.name, named=named)

    def _tell_account(self, account: str) -> str:
        hint = did_you_mean(account, self.accounts)
        return f"it belongs to the account {escape(account)}, which fleet.yaml does not have" + (
            f" ({hint})" if hint else ""
        )


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def list_named(scan: Scan, known: Mapping[str, Declaration]) -> Iterator[tuple[str, str]]:
    """Account and name of every stack that a scan has changed anything of."""
    for one in scan.changed:
        before = known.get(one.path)
        for declaration in (before, one):
            if declaration is not None and declaration.name is not None:
                yield declaration.account, declaration.name
    for path in scan.gone:
        if (name := known[path].name) is not None:
            yield known[path].account, name
