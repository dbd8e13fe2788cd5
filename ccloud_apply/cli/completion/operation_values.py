"""What the API's document has: operations, their parameters and fields, and their values."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ccloud_apply.cli.completion.file_values import find_hostnames
from ccloud_apply.cli.completion.offer import Offer, Value
from ccloud_apply.cli.completion.position import Position

if TYPE_CHECKING:
    from ccloud_apply.model.documented import DocumentedOperation, Schema


def find_operations(position: Position) -> Iterator[Value]:
    """Operations; after a method, its paths."""
    from ccloud_apply.load.request.document import METHODS, read_operations

    given = position.values_of("operation")
    for operation in read_operations().values():
        if not given:
            yield Value(operation.id, operation.summary)
        elif len(given) == 1 and operation.method == given[0].upper():
            yield Value(operation.path, operation.summary)
    if not given:
        yield from (Value(method.upper(), "a method, then a path") for method in METHODS)


def _operation(position: Position) -> "DocumentedOperation | None":
    from ccloud_apply.errors import CcloudApplyError
    from ccloud_apply.load.request.target import find_target

    try:
        return find_target(position.values_of("operation")).operation
    except CcloudApplyError:
        return None


def find_parameters(position: Position) -> Iterator[Value]:
    """Names of the parameters of the operation."""
    operation = _operation(position)
    for one in () if operation is None else operation.parameters:
        yield Value(one.name, one.description)


def find_parameter_values(position: Position, name: str) -> "Iterable[Value]":
    """Values of a parameter that the document lists; hostnames of stack files for `hostname`."""
    operation = _operation(position)
    if operation is None:
        return ()
    schema = next((one.schema for one in operation.parameters if one.name == name), {})
    return [*_enumerated(schema), *(find_hostnames(position) if name == "hostname" else ())]


def find_fields(position: Position) -> Iterator[Value]:
    """Names of the fields of its body; `[]` ends that of a list."""
    operation = _operation(position)
    for name, schema in ({} if operation is None else operation.fields).items():
        ending = "[]" if schema.get("type") == "array" else ""
        yield Value(f"{name}{ending}", str(schema.get("description", "")))


def find_field_values(position: Position, name: str) -> "Iterable[Value] | Offer":
    """Values of a field that the document lists, or the file behind `@`."""
    if position.partial.startswith(f"{name}=@"):
        return Offer(files=("",))
    operation = _operation(position)
    schema = {} if operation is None else operation.fields.get(name.removesuffix("[]"), {})
    return _enumerated(schema.get("items", schema))


def _enumerated(schema: "Schema") -> "Sequence[Value]":
    if schema.get("type") == "boolean":
        return (Value("true"), Value("false"))
    return tuple(Value(str(value)) for value in schema.get("enum", ()))
