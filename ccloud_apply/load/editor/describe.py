"""The schemas as editors get them: titles, hover texts with units and links, and snippets.

What is valid is none of its business: without these annotations the document is the schema that
the loader enforces. SchemaStore's strict rules hold for it, so that any editor can have it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.editor.documents import (
    BASE_DOCUMENT,
    PROJECT_DOCUMENT,
    SCHEMAS,
    STACK_DOCUMENT,
    Document,
)
from ccloud_apply.load.editor.snippets import SNIPPETS, Snippet
from ccloud_apply.load.schema.parts import Schema
from ccloud_apply.load.schema.project_schema import build_project_schema
from ccloud_apply.load.schema.stack_schema import build_base_schema, build_file_schema
from ccloud_apply.load.write.dump import dump_key, dump_value
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits, apply_limits

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The newest dialect that all editors know."""

_PLACE = lazy_pattern(r"\$\{\d+[:|}]")
_UNITS = (
    (re.compile(r"\bGB\b"), "GB"),
    (re.compile(r"\bhours?\b", re.IGNORECASE), "hours"),
    (re.compile(r"\bseconds\b", re.IGNORECASE), "seconds"),
    (re.compile(r"\bper month\b|\bmonthly\b"), "per month, in the account's currency"),
)
_OF_TYPE: Mapping[str, frozenset[str]] = {
    "string": frozenset({"pattern", "minLength", "maxLength", "format"}),
    "number": frozenset({"minimum", "maximum"}),
    "array": frozenset({"items", "minItems", "maxItems", "uniqueItems"}),
    "object": frozenset({"properties", "required", "additionalProperties", "propertyNames"}),
}


def build_stack_document(limits: Limits = DEFAULT_LIMITS, docs: str | None = None) -> Schema:
    """The document `schemas/stack.schema.json`; `limits` is what the platform takes."""
    return describe_for_editors(
        apply_limits(build_file_schema(), limits), STACK_DOCUMENT, docs=docs
    )


def build_base_document(limits: Limits = DEFAULT_LIMITS, docs: str | None = None) -> Schema:
    """The document `schemas/base.schema.json`: of a file that stack files extend."""
    return describe_for_editors(apply_limits(build_base_schema(), limits), BASE_DOCUMENT, docs=docs)


def build_project_document(limits: Limits = DEFAULT_LIMITS, docs: str | None = None) -> Schema:
    """The document `schemas/project.schema.json`."""
    whole = apply_limits(build_project_schema(), limits)
    return describe_for_editors(whole, PROJECT_DOCUMENT, docs=docs)


def describe_for_editors(
    schema: Mapping[str, Any], document: Document, *, docs: str | None = None
) -> Schema:
    """The schema with what editors show. `docs` is the address of another folder of docs."""
    annotated = _Annotator(document, document.page_address(docs)).annotate(schema)
    head = {
        "$schema": DIALECT,
        "$id": f"{SCHEMAS}{document.name}",
        "title": schema["title"],
        "description": schema["description"],
    }
    if document.root:
        head["defaultSnippets"] = [_to_snippet(one) for one in document.root]
    return {**head, **{name: part for name, part in annotated.items() if name not in head}}


@dataclass(frozen=True, slots=True)
class _Annotator:
    """Walks one schema. `section` of a part is its own, or that of what it is part of."""

    document: Document
    page: str

    def annotate(self, schema: Mapping[str, Any]) -> Schema:
        parts = dict(schema)
        for group in ("properties", "$defs"):
            named = schema.get(group, {}).items()
            parts[group] = {
                name: self._part(name, part, self._section(name, self.document.section))
                for name, part in named
            }
        return parts

    def _section(self, name: str, above: str) -> str:
        return self.document.sections.get(name, above)

    def _part(self, name: str, part: Mapping[str, Any], section: str) -> Schema:
        """A definition, or a property: `name` is the way to it, such as `policy.currency`."""
        if set(part) == {"$ref"}:
            return dict(part)
        inner = self._inside(name, part, section)
        snippets = list(_find_snippets(name, part))
        if snippets:
            inner["defaultSnippets"] = snippets
        if "description" in part:
            inner = {"title": part.get("title") or _to_title(name), **inner}
        return inner

    def _inside(self, name: str, part: Mapping[str, Any], section: str) -> Schema:
        """A part with all that is in it; `name` is the way to the definition or property."""
        changed: Schema = {}
        for keyword, value in part.items():
            if keyword == "limitedBy":  # ours alone
                continue
            if keyword == "properties":
                value = {
                    inner: self._part(f"{name}.{inner}", one, self._section(inner, section))
                    for inner, one in value.items()
                }
            elif keyword in ("anyOf", "oneOf", "allOf"):
                value = [self._inside(name, one, section) for one in value]
            elif keyword in ("items", "additionalProperties", "not", "propertyNames"):
                value = self._inside("", value, section) if isinstance(value, Mapping) else value
            elif keyword == "examples":  # what has parts is a snippet
                value = [one for one in value if _is_scalar(one)]
            if keyword != "examples" or value:
                changed[keyword] = value
            if keyword == "description":
                changed["markdownDescription"] = self._hover(part, section)
        return _split_types(changed)

    def _hover(self, part: Mapping[str, Any], section: str) -> str:
        facts = [*_tell_range(part)]
        if "default" in part:
            facts.append(f"Default: `{dump_value(part['default'])}`")
        link = f"[Reference]({self.page}#{section})"
        text = _escape_markdown(part["description"])
        return "\n\n".join(filter(None, (text, "; ".join(facts), link)))


def _to_title(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ").capitalize()


def _escape_markdown(text: str) -> str:
    """A description as Markdown: `<stack>` is no tag, and code stays code."""
    return text.replace("<", "&lt;").replace("*", "\\*")


def _tell_range(part: Mapping[str, Any]) -> Iterator[str]:
    """The unit of a number, and its bounds."""
    number = _find_number(part)
    if number is None:
        return
    unit = next((unit for found, unit in _UNITS if found.search(part["description"])), "")
    if unit:
        yield f"Unit: {unit}"
    low, high = number.get("minimum"), number.get("maximum")
    if low is not None and high is not None:
        yield f"{low} to {high}"
    elif low is not None:
        yield f"at least {low}"


def _find_number(part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The number that a value is, or that the entries of a list are."""
    if part.get("type") in ("integer", "number"):
        return part
    entries = part.get("items")
    for branch in (*part.get("anyOf", ()), *([entries] if isinstance(entries, Mapping) else ())):
        found = _find_number(branch)
        if found is not None:
            return found
    return None


def _split_types(part: Schema) -> Schema:
    """A part of several types as alternatives: strict readers take one type, and null beside it."""
    types = part.get("type")
    if not isinstance(types, list) or len(set(types) - {"null"}) < 2:
        return part
    own = {name: value for name, value in part.items() if name != "type"}
    bound = {name for names in _OF_TYPE.values() for name in names}
    branches = [
        {"type": one, **{k: v for k, v in own.items() if k in _OF_TYPE.get(_kind(one), ())}}
        for one in types
    ]
    return {**{k: v for k, v in own.items() if k not in bound}, "anyOf": branches}


def _kind(name: str) -> str:
    return "number" if name == "integer" else name


def _find_snippets(name: str, part: Mapping[str, Any]) -> Iterator[Schema]:
    """What is offered for a part: its own snippets, and each of its examples that is a mapping.

    That of a list is a mapping with the type of the list: one entry, before which a language
    server sets the dash where there is none yet. A whole list would be inserted into another one.
    """
    for snippet in SNIPPETS.get(name, ()):
        yield _to_snippet(snippet)
    for snippet in SNIPPETS.get(f"{name}[]", ()):
        yield {**_to_snippet(snippet), "type": "array"}
    for example in part.get("examples", ()):
        if isinstance(example, Mapping):
            yield {"label": dump_value(example), "body": _with_places(example, count(1))}


def _to_snippet(snippet: Snippet) -> Schema:
    texts = {"label": snippet.label, "description": snippet.description}
    return {**{k: v for k, v in texts.items() if v}, "body": _to_body(snippet.body)}


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, Mapping | Sequence) or isinstance(value, str)


def _to_body(value: Any) -> Any:
    """What an editor inserts. It writes texts as they are, so each is YAML already."""
    if isinstance(value, Mapping):
        return {_to_text(name, is_key=True): _to_body(one) for name, one in value.items()}
    if isinstance(value, str):
        return _to_text(value)
    return value if _is_scalar(value) else [_to_body(one) for one in value]


def _with_places(value: Any, number: Iterator[int]) -> Any:
    """An example in which each value is a place, to be overwritten one after the other."""
    if isinstance(value, Mapping):
        return {_to_text(name, is_key=True): _with_places(v, number) for name, v in value.items()}
    if not _is_scalar(value):
        return [_with_places(one, number) for one in value]
    text = _to_text(dump_value(value), is_yaml=True).replace("}", "\\}")
    return f"${{{next(number)}:{text}}}"


def _to_text(text: str, *, is_key: bool = False, is_yaml: bool = False) -> str:
    if _PLACE.search(text):
        return text
    if not is_yaml:
        text = dump_key(text) if is_key else dump_value(text)
    return text.replace("\\", "\\\\").replace("$", "\\$")
