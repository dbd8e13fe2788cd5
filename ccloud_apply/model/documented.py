"""An operation as the API document describes it, and one request to it.

What a plan sends belongs to `results/plan.py`; how the document is read to `load/request/`.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic

Place = Literal["path", "query"]
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of the path or of the query; `schema` says its type and its values."""

    name: str
    place: Place
    schema: Schema
    is_required: bool
    description: str = ""
    example: Any = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedOperation:
    """One operation of the API document.

    Schemas are resolved: they hold no `$ref`. `body` is None where the operation takes none.
    `repeat` says whether it may be sent again (`operations.Repeat`), `answer` what a success brings
    (`operations.Answer`). `is_secret`: the document gives a part
    of the answer the format `password`. `is_list`: the answer may be a list, `is_paged`: in pages.
    `notes` is what the document says of its own gaps and contradictions.
    """

    id: str
    method: str
    path: str
    summary: str
    chapter: str
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    needs_body: bool = False
    body_example: Any = None
    repeat: Literal["read", "absolute", "never"] = "never"
    answer: Literal["value", "task", "nothing", "file"] = "value"
    answer_schema: Schema | None = None
    answer_example: Any = None
    is_secret: bool = False
    is_list: bool = False
    is_paged: bool = False
    notes: tuple[str, ...] = ()

    def parameters_in(self, place: Place) -> Mapping[str, Parameter]:
        """The parameters of the path or of the query, by name."""
        return {each.name: each for each in self.parameters if each.place == place}

    @property
    def is_change(self) -> bool:
        """True for what may change something: neither a GET nor a question asked by POST."""
        return self.repeat != "read"

    @property
    def fields(self) -> Mapping[str, Schema]:
        """The fields of the body by name; none where the operation takes no body."""
        properties: Mapping[str, Schema] = (self.body or {}).get("properties", {})
        return properties


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """A request that fits the document.

    `path` is filled in and percent-encoded, `values` are its parameters as they were given.
    `secrets` are the values of the body that no output may show.
    """

    operation: DocumentedOperation
    path: str
    values: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """What came back. `value` is plain JSON, the bytes of a file, or None for an empty body.

    `headers` are empty where nobody asked for them. `problem` is what the API refused, or that the
    task which was waited for has failed; `has_body` is False for an answer whose body was empty,
    or that of an error and no JSON.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    value: Any = field(default=None, repr=False)
    has_body: bool = True
    problem: Diagnostic | None = None

    @property
    def is_refused(self) -> bool:
        """True if the API has refused the request."""
        return self.problem is not None and not 200 <= self.status < 300
