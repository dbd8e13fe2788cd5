"""Checks that a JSON Schema cannot express: each aspect's own, and references to files.

Also the canonical form of values. Validation against the schema belongs to `validate.py`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.declared.reference import Reference, Template
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Severity

_STEP = lazy_pattern(r"\[(\d{1,9})\]|\.([^.\[\]]+)")
_WITH_CHECK = {n: a for n, a in ASPECTS.items() if type(a).check is not Aspect.check}
_WITH_NORMALISE = {n: a for n, a in ASPECTS.items() if type(a).normalise is not Aspect.normalise}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem with one field's value; `detail` is the path inside it, such as `[2].size`."""

    field: str
    code: str
    what: str
    hint: str = ""
    detail: str = ""
    severity: Severity = Severity.ERROR

    @property
    def path(self) -> tuple[str | int, ...]:
        """The detail as path segments: `[2].size` is (2, `size`)."""
        return tuple(int(i) if i else name for i, name in _STEP.findall(self.detail))


def normalise(name: str, value: Any, base: str) -> Any:
    """The canonical form of a valid value of a field."""
    aspect = _WITH_NORMALISE.get(name)
    return value if aspect is None else aspect.normalise(value, base)


def check_fields(spec: ServerSpec, look: Callable[[Reference], str | None]) -> Iterator[Finding]:
    """Every problem of the server's canonical values."""
    for name, declared in spec.fields.items():
        value = declared.value
        is_named = isinstance(value, Reference | Template)
        for detail, reference in _find_files(value) if is_named else ():
            what = look(reference)
            if what is not None:
                yield Finding(
                    field=name,
                    code="bad-reference",
                    what=escape(what, limit=300),
                    hint="the path is relative to this file",
                    detail=detail,
                )
        if name not in _WITH_CHECK:
            continue
        for problem in _WITH_CHECK[name].check(value, spec):
            yield Finding(
                field=name,
                code=problem.code,
                what=problem.what,
                hint=problem.hint,
                detail=problem.detail,
                severity=problem.severity,
            )


def _find_files(value: Any) -> Iterator[tuple[str, Reference]]:
    """The files that a canonical value names, and where in it."""
    if isinstance(value, Reference):
        if value.kind in ("file", "generate"):
            yield "", value
    elif isinstance(value, Template):
        yield ".template", Reference("file", value.name, value.base)
        for name, secret in value.secrets:
            if secret.kind == "file":
                yield f".secrets.{name}", secret
