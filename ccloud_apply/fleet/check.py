"""Looks at all that fleet.yaml names before anything depends on it: references, accounts, sources,
and sinks.

Nothing is changed and no stack is planned. What is wrong inside fleet.yaml itself belongs to
`config/`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from pathlib import Path

from ccloud_apply.api.proxy import choose_proxy
from ccloud_apply.errors import CcloudApplyError, UsageError
from ccloud_apply.fleet.accounts import open_account
from ccloud_apply.fleet.config.references import Place, list_references
from ccloud_apply.fleet.model.config import AccountConfig, FleetConfig, SourceConfig
from ccloud_apply.fleet.secrets import look_secret, read_secret
from ccloud_apply.fleet.sources.checkout import checkout_folder, open_commit, open_source_folder
from ccloud_apply.fleet.sources.mirror import open_mirror
from ccloud_apply.fleet.sources.scan import scan_tree
from ccloud_apply.fleet.sources.tree import Tree
from ccloud_apply.fleet.store.connect import SQLITE_FILE, connect
from ccloud_apply.fleet.store.migrate import check_version
from ccloud_apply.fleet.store.statements.declarations import Declaration
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.text.format_values import spell_path
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.fleet_check import CheckedAccount, CheckedSource, FleetCheck
from ccloud_apply.workflows.account.connection import SANDBOX


async def check_fleet(
    config: FleetConfig,
    warnings: tuple[Diagnostic, ...],
    environment: Mapping[str, str],
    work_dir: str | Path,
    *,
    is_offline: bool = False,
) -> FleetCheck:
    """Look at all of it; with `is_offline` at folders alone. `warnings` are those of fleet.yaml.

    Raises nothing for what is wrong: that is in the diagnostics.
    """
    checking = _Checking(
        config=config,
        environment=environment,
        work_dir=Path(work_dir),
        is_offline=is_offline,
        found=[*warnings, *_warn_shared(config)],
    )
    references = 0 if is_offline else checking.look_at_references()
    if not is_offline:
        await checking.reach_database()
        await checking.reach_issuer()
        await checking.look_at_sinks()
    accounts = [await checking.check_account(one) for one in config.accounts.values()]
    sources = [await checking.check_source(one) for one in config.sources]
    checking.find_twice()
    return FleetCheck(
        path=config.path,
        database=_name_database(config, Path(work_dir)),
        accounts=tuple(accounts),
        sources=tuple(sources),
        rules=len(config.rules),
        is_offline=is_offline,
        references=references,
        diagnostics=tuple(dict.fromkeys(checking.found)),
    )


def _warn_shared(config: FleetConfig) -> Iterator[Diagnostic]:
    shared = [
        one.name
        for one in config.accounts.values()
        if one.secrets_prefix is None and one.endpoint != SANDBOX
    ]
    if len(shared) > 1:
        yield Diagnostic(
            code="shared-secrets",
            where="accounts",
            what=f"the stacks of {', '.join(shared)} see the same variables CCLOUD_SECRET_*",
            hint="write secrets: {prefix: NAME_SECRET_} in each of them",
            severity=Severity.WARNING,
            source=None if config.locate is None else config.locate(("accounts",)),
        )


def _name_database(config: FleetConfig, work_dir: Path) -> str:
    if config.database is None:
        return f"SQLite in {work_dir / SQLITE_FILE}"
    return f"PostgreSQL at {config.database}"


@dataclass(slots=True, kw_only=True)
class _Checking:
    config: FleetConfig
    environment: Mapping[str, str]
    work_dir: Path
    is_offline: bool
    found: list[Diagnostic]
    declared: list[Declaration] = field(default_factory=list)
    unread: set[Reference] = field(default_factory=set)

    def look_at_references(self) -> int:
        """How many references there are; what is wrong with them is noted."""
        count = 0
        for path, reference in list_references(self.config):
            count += 1
            try:
                look_secret(reference, self.environment)
            except CcloudApplyError as error:
                self.unread.add(reference)
                self._add(path, error)
        return count

    async def reach_database(self) -> None:
        """Connect with PostgreSQL. A file of SQLite is made by whoever needs it first."""
        if self.config.database is None or self.config.database in self.unread:
            return
        try:
            async with connect(self.config, self.environment, self.work_dir) as database:
                await check_version(database)
        except CcloudApplyError as error:
            self._add(("database",), error)

    async def reach_issuer(self) -> None:
        """Read what the issuer of the sign-in says of itself."""
        oidc = self.config.web.oidc
        if oidc is None or oidc.client_secret in self.unread:
            return
        from ccloud_apply.fleet.web.auth.oidc import SignInError, open_issuer

        try:
            secret = await read_secret(oidc.client_secret, self.environment)
            await open_issuer(oidc, secret).reach()
        except SignInError as error:
            self._add(("web", "auth", "oidc", "issuer"), UsageError(str(error)))
        except CcloudApplyError as error:
            self._add(("web", "auth", "oidc"), error)

    async def look_at_sinks(self) -> None:
        """Whether each sink could be told, and nothing is sent."""
        for index, sink in enumerate(self.config.sinks):
            reference = sink.webhook or sink.apprise
            if reference is None or reference.kind == "command" or reference in self.unread:
                continue
            kind = "webhook" if sink.webhook is not None else "apprise"
            try:
                await self._look_at_sink(kind, await read_secret(reference, self.environment))
            except CcloudApplyError as error:
                self._add(("notify", index, kind), error)

    async def _look_at_sink(self, kind: str, url: str) -> None:
        if kind == "webhook":
            from ccloud_apply.api.webhook import Webhook, check_webhook

            check_webhook(Webhook(url=url, proxy=choose_proxy(url, self.environment)))
            return
        from ccloud_apply.fleet.apprise import open_people

        await asyncio.to_thread(open_people, url)

    async def check_account(self, account: AccountConfig) -> CheckedAccount:
        """Ask the account whose it is."""
        checked = CheckedAccount(name=account.name, endpoint=account.endpoint)
        is_asked = not self.is_offline and account.endpoint != SANDBOX
        needed = (account.client_id, account.client_secret, account.token, account.proxy)
        if not is_asked or self.unread.intersection(filter(None, needed)):
            return checked
        customer: str | None = None
        try:
            async with open_account(account, self.environment, work_dir=str(self.work_dir)) as run:
                customer = await run.client.find_customer()
        except CcloudApplyError as error:
            self._add(("accounts", account.name), error)
            return CheckedAccount(name=account.name, endpoint=account.endpoint, is_reached=False)
        return CheckedAccount(
            name=account.name,
            endpoint=account.endpoint,
            is_reached=True,
            customer_id=customer,
        )

    async def check_source(self, source: SourceConfig) -> CheckedSource:
        """Load every stack of the source."""
        checked = CheckedSource(
            name=source.name,
            place=source.git or source.folder or "",
            ref=source.ref if source.git is not None else None,
        )
        if source.git is not None and (self.is_offline or source.token in self.unread):
            return checked
        try:
            async with self._open(source) as tree:
                scan = await asyncio.to_thread(scan_tree, tree, source, self.config.accounts, {})
        except CcloudApplyError as error:
            self._add(("sources", self.config.sources.index(source)), error)
            return checked
        self.declared += scan.changed
        for one in scan.changed:
            if one.error is not None:
                self._note_file(one, one.error)
        good = sum(one.name is not None and one.error is None for one in scan.changed)
        if not scan.changed:
            self._warn_empty(source)
        return CheckedSource(
            name=source.name,
            place=checked.place,
            ref=checked.ref,
            commit=tree.commit,
            stacks=good,
        )

    @asynccontextmanager
    async def _open(self, source: SourceConfig) -> AsyncIterator[Tree]:
        if source.git is None:
            yield await asyncio.to_thread(open_source_folder, source)
            return
        async with open_mirror(source, self.environment, self.work_dir) as mirror:
            commit = await mirror.fetch()
            if source.is_signed:
                await mirror.verify(commit)
            folder = checkout_folder(source, commit, self.work_dir)
            yield await open_commit(mirror, commit, folder)

    def find_twice(self) -> None:
        """Names that stand twice in an account."""
        seen: dict[tuple[str, str], Declaration] = {}
        for one in self.declared:
            if one.name is None or one.error is not None:
                continue
            first = seen.setdefault((one.account, one.name), one)
            if first is not one:
                what = f'the stack "{one.name}" of the account {one.account} is declared by'
                self._note_file(one, f"{what} {first.path} of {first.source} too")

    def _warn_empty(self, source: SourceConfig) -> None:
        self.found.append(
            Diagnostic(
                code="empty-source",
                where=f"sources.{source.name}",
                what=f"no file is named by {', '.join(source.stacks)}",
                hint="look at stacks: of the source",
                severity=Severity.WARNING,
                source=source.source,
            )
        )

    def _note_file(self, one: Declaration, what: str) -> None:
        self.found.append(
            Diagnostic(
                code="fleet-file",
                where=f"sources.{one.source}",
                what=what,
                source=SourceRange(one.path, one.line or 1, 1),
            )
        )

    def _add(self, path: Place, error: CcloudApplyError) -> None:
        locate = self.config.locate
        place = SourceRange(self.config.path, 1, 1) if locate is None else locate(path)
        self.found.append(
            Diagnostic(
                code=error.code,
                where=spell_path(path),
                what=error.message,
                hint=error.hint,
                source=place,
            )
        )
