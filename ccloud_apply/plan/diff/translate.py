"""Names in a declared server that only the account can tell: they become ids before a create."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from ccloud_apply.aspects.base import Aspect, Catalogues, Problem
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass, replace
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.plan.diff.diagnostics import place_in_file, problem_diagnostic

_TRANSLATING = tuple(
    name for name, aspect in ASPECTS.items() if type(aspect).translate is not Aspect.translate
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedSpec:
    """A declared server with ids in place of names, and what to say about each field."""

    spec: ServerSpec
    notes: Mapping[str, str] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    def add_notes(self, changes: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
        """The changes, with a note where a name was translated."""
        return tuple(
            replace(change, note=self.notes[change.field]) if change.field in self.notes else change
            for change in changes
        )


def names_to_read(spec: ServerSpec, catalogues: Catalogues) -> Iterator[str]:
    """The catalogues that tell the names of this server, as far as it is known by now."""
    for name in _TRANSLATING:
        if name in spec.fields:
            yield from ASPECTS[name].create_reads(spec.fields[name].value, catalogues)


def _tell_once(spec: ServerSpec, name: str, problem: Problem) -> Diagnostic:
    """The same for all servers of one entry: the name is written once."""
    where, source = place_in_file(spec, name, problem.path)
    return replace(problem_diagnostic(spec, name, problem), where=where, source=source)


def translate_names(spec: ServerSpec, catalogues: Catalogues) -> TranslatedSpec:
    """The server as its create request needs it, and an error for each name that is not clear."""
    fields = dict(spec.fields)
    notes: dict[str, str] = {}
    diagnostics: list[Diagnostic] = []
    for name in _TRANSLATING:
        declared = spec.fields.get(name)
        if declared is None:
            continue
        found = ASPECTS[name].translate(declared.value, catalogues)
        if found.value is not declared.value:
            fields[name] = replace(declared, value=found.value)
        if found.note:
            notes[name] = found.note
        diagnostics += (_tell_once(spec, name, problem) for problem in found.problems)
    if not notes and not diagnostics:
        return TranslatedSpec(spec=spec)
    return TranslatedSpec(
        spec=replace(spec, fields=fields), notes=notes, diagnostics=tuple(diagnostics)
    )
