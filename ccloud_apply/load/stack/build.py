"""load_stack(): builds a Stack from a file's text, or reports all of its mistakes in one run.

This module only has the order of the stages: parse, validate the source, what it extends,
variables, instances, keys, servers. Each stage is a module of its own and sees what the earlier
ones found valid.
"""

import gc
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.validate_source import ValidatedSource
from ccloud_apply.load.stack.bases import BaseReader
from ccloud_apply.load.stack.dependencies import resolve_dependencies
from ccloud_apply.load.stack.environments import (
    Elsewhere,
    Resolve,
    check_choice,
    check_names,
    find_absent,
    find_claims,
)
from ccloud_apply.load.stack.generated import check_generated
from ccloud_apply.load.stack.inherited import NOTHING_INHERITED, Inherited
from ccloud_apply.load.stack.interpolate import Budget, Scope, TooMuchWorkError
from ccloud_apply.load.stack.join import check_joined
from ccloud_apply.load.stack.keys import Keys, find_keys
from ccloud_apply.load.stack.layers import Mixer
from ccloud_apply.load.stack.moved import resolve_moves, resolve_releases
from ccloud_apply.load.stack.names import fill_list, resolve_stack_name
from ccloud_apply.load.stack.parsed_files import ParsedFile, ParsedFiles
from ccloud_apply.load.stack.policy import read_levels
from ccloud_apply.load.stack.record import Record
from ccloud_apply.load.stack.sections import (
    build_account,
    build_policy,
    build_renames,
    fill_account,
)
from ccloud_apply.load.stack.server import Look, ServerBuilder, check_hostnames
from ccloud_apply.load.stack.shared import Shared, check_layers, read_shared, share
from ccloud_apply.load.stack.texts import ReadText, Texts, read_no_text
from ccloud_apply.load.stack.variables import (
    Declarations,
    Given,
    Variables,
    VariableSources,
    resolve_variables,
)
from ccloud_apply.load.text.collector import CollectorFullError, DiagnosticCollector
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.declared.stack import Rename, ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

__all__ = ["Loaded", "VariableSources", "check_stacks", "load_stack"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The result for one file. `stack` is None if there is any error; `variables` are declared.

    `given` are the values of variables; `unknown` those without any: what they are used for is not
    part of the stack, and `is_complete` is False if that may be whole servers. `elsewhere` are the
    names of the stack in other environments of the account.
    """

    stack: Stack | None
    diagnostics: tuple[Diagnostic, ...]
    variables: frozenset[str]
    given: Mapping[str, Given] = field(default_factory=dict, repr=False, compare=False)
    unknown: frozenset[str] = frozenset()
    elsewhere: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    is_complete: bool = True


def load_stack(
    text: bytes,
    *,
    path: str,
    variables: VariableSources,
    look: Look,
    limits: Limits = DEFAULT_LIMITS,
    inherited: Inherited = NOTHING_INHERITED,
    read: ReadText = read_no_text,
    record: Record | None = None,
    parsed: ParsedFiles | None = None,
) -> Loaded:
    """Load one stack file. `path` is its name in places; `look` checks references to files.

    `read` reads those that are no secrets: templates are filled in, and others looked through.
    `limits` is what the platform takes, `inherited` what the file gets from its project. `record`
    gets what `resolved.py` makes of the stack. `parsed` is what the run has parsed already.

    Mistakes raise nothing: all of them are in the diagnostics, in the order of the file. Time and
    memory are bounded for any text.
    """
    # A large file creates hundreds of thousands of objects but no cyclic garbage. Without the
    # garbage collector loading takes half the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        loading = _Loading(path, variables, look, limits, inherited, read, record, parsed)
        return loading.load(text)
    finally:
        if was_enabled:
            gc.enable()


def check_stacks(stacks: Sequence[Stack]) -> tuple[Diagnostic, ...]:
    """Diagnostics across files: two with the same stack name, and what cannot be true of both."""
    first: dict[str, Stack] = {}
    found: list[Diagnostic] = []
    for stack in stacks:
        if not stack.name:  # it is not known
            continue
        other = first.get(stack.name)
        first.setdefault(stack.name, stack)
        if other is not None:
            found.append(
                Diagnostic(
                    code="duplicate-stack",
                    where="stack",
                    what=f'the stack "{stack.name}" is defined in two files; the other is'
                    f" {other.path}",
                    hint="give one of them another name; servers belong to a stack by its name",
                    source=stack.source,
                )
            )
    return (*found, *check_joined(stacks))


class _Loading:
    """One run over one file."""

    def __init__(
        self,
        path: str,
        sources: VariableSources,
        look: Look,
        limits: Limits,
        inherited: Inherited,
        read: ReadText,
        record: Record | None = None,
        parsed: ParsedFiles | None = None,
    ) -> None:
        self.parsed = parsed or ParsedFiles()
        self.record = record
        self.limits = limits
        self.inherited = inherited
        self.path = path
        self.sources = sources
        self.look = look
        self.read = read
        self.collector = DiagnosticCollector(path)
        self.budget = Budget()
        self.variables: Mapping[str, Node | None] = {}
        self.entries: Mapping[str, tuple[str, ...]] = {}
        self.bases: tuple[str, ...] = ()
        self.resolved = Variables()
        self.elsewhere: Mapping[str, str] = {}
        self.claims: tuple[ExpectedAccount, ...] = ()
        self.is_complete = True

    def load(self, text: bytes) -> Loaded:
        stack = None
        with suppress(CollectorFullError):  # the diagnostics say so themselves
            stack = self._read(text)
        return Loaded(
            stack=None if self.collector.has_errors else stack,
            diagnostics=self.collector.sorted(),
            variables=frozenset(self.variables),
            given=self.resolved.given,
            unknown=self.resolved.unknown,
            elsewhere=self.elsewhere,
            is_complete=self.is_complete,
        )

    def _read(self, text: bytes) -> Stack | None:
        found = self.parsed.parse_stack(text, self.path, self.limits)
        self.collector.take(*found.syntax)
        if found.root is None:
            if not found.syntax:
                hint = "a stack file begins with stack: NAME"
                self.collector.add("empty-file", "", "the file is empty", None, hint=hint)
            return None
        try:
            return self._build(found.root, found)
        except TooMuchWorkError:
            what = "the file expands to more servers and values than can be loaded at once"
            self.collector.add("too-much", "", what, None, hint="split it into several stacks")
            return None

    def _build(self, root: Node, found: ParsedFile) -> Stack | None:
        absent = find_absent(self.inherited)
        self.variables = dict.fromkeys((*self.inherited.variables, *absent))
        self._note_variables(root)
        self.collector.take(*found.violations)
        written = found.written
        if written is None:
            return None
        shared = self._share(written)
        root = written.root
        declared = Declarations(
            shared.sections.get("variables"), shared.sections.get("variable_types")
        )
        self._resolve_variables(declared)
        scope = Scope(
            variables=self.variables, stack="", budget=self.budget, env=self.inherited.env
        )
        name_node = root.child("stack")
        name = resolve_stack_name(name_node, scope, self.collector)
        scope = replace(scope, stack=name)
        own = build_policy(shared.policies, scope, self.collector)
        policy = read_levels((*self.inherited.policies, own), root, self.collector)
        account = fill_account(root.child("account"), scope, self.collector)
        if self.record is not None and account is not None:
            self.record.sections["account"] = account
        servers, keys = find_keys(written, scope, self.collector)
        self.is_complete = keys.is_complete and not keys.unknown
        specs = self._build_servers(servers, keys, shared, scope)
        is_computed = name_node is not None and name_node.is_dynamic
        stack_names = [one for one in (name, scope.env) if one and is_computed]
        check_generated(specs, stack_names, self.collector)
        renames = build_renames(root.child("renamed"), scope, self.collector)
        names = {name, *(rename.before for rename in renames)}
        moved = fill_list(root, "moved", "move", scope, self.collector)
        moves = resolve_moves(moved, names, keys, self.collector)
        released = fill_list(root, "released", "key", scope, self.collector)
        releases = resolve_releases(released, moves, keys, self.collector)
        elsewhere = Elsewhere(root=root, resolve=self._resolver(declared), known=found.names)
        self._check_environments(elsewhere, name, renames)
        return Stack(
            name=name,
            path=self.path,
            source=(name_node or root).place,
            servers=specs,
            policy=policy,
            account=build_account(account),
            moved=moves,
            released=releases,
            env=self.inherited.env,
            renamed=renames,
            entries=self.entries,
            bases=self.bases,
            claimed=self.claims,
        )

    def _check_environments(
        self, elsewhere: Elsewhere, name: str, renames: Sequence[Rename]
    ) -> None:
        used, inherited, collector = self.budget.used, self.inherited, self.collector
        check_choice(used, self.resolved.values, inherited, collector)
        self.elsewhere = check_names(elsewhere, name, renames, used, inherited, collector)
        names = (name, *(rename.before for rename in renames))
        self.claims = find_claims(elsewhere, names, used, inherited)

    def _resolver(self, declared: Declarations) -> Resolve:
        def resolve(
            other: Inherited, names: Collection[str], unheard: DiagnosticCollector
        ) -> Mapping[str, Node | None]:
            found = resolve_variables(declared, self.sources, unheard, Budget(), other, only=names)
            return found.values

        return resolve

    def _resolve_variables(self, declared: Declarations) -> None:
        self.resolved = resolve_variables(
            declared, self.sources, self.collector, self.budget, self.inherited
        )
        self.variables = {**self.variables, **self.resolved.values}

    def _note_variables(self, root: Node) -> None:
        """Declare these variables, also where the section has an error."""
        declared = root.child("variables")
        names = (name for name, _ in declared.items()) if declared else ()
        self.variables = {**self.variables, **dict.fromkeys(names)}

    def _share(self, written: ValidatedSource) -> Shared:
        reader = BaseReader(
            read=self.inherited.read,
            collector=self.collector,
            budget=self.budget,
            limits=self.limits,
            parsed=self.parsed,
        )
        bases = reader.find(written.root, self.path)
        self.bases = reader.paths
        for base in bases:
            self._note_variables(base.root)
        shared = share(read_shared(written), bases, self.inherited.defaults)
        if self.record is not None:
            self.record.written = [written.root, *(base.root for base in bases)]
            if self.inherited.defaults is not None:
                self.record.written.append(self.inherited.defaults)
        return replace(shared, is_complete=shared.is_complete and reader.is_complete)

    def _build_servers(
        self, servers: Node, keys: Keys, shared: Shared, scope: Scope
    ) -> tuple[ServerSpec, ...]:
        check_layers(shared, self.variables.keys(), self.collector)
        needs, self.entries = resolve_dependencies(servers, keys, scope, self.collector)
        builder = ServerBuilder(
            mixer=Mixer(scope=scope, shared=shared, collector=self.collector),
            collector=self.collector,
            look=self.look,
            texts=Texts(
                collector=self.collector,
                read=self.read,
                look=self.look,
                secret_commands=self.inherited.secret_commands,
            ),
            limits=self.limits,
            key_places=servers.keys or {},
            record=self.record,
        )
        specs = tuple(
            builder.build(instance, needs.get(instance.key, ()))
            for instance in keys.instances.values()
        )
        check_hostnames(specs, servers, self.collector)
        return specs
