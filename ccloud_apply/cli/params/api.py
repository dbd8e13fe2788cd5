"""The flags of `api` as values, which of them go together, and the files that they name."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ccloud_apply.errors import RequestError, UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.request.body import parse_body
from ccloud_apply.load.request.build import NO_BODY, Given, build_request
from ccloud_apply.load.request.fields import Field, FieldError, parse_field
from ccloud_apply.load.request.target import Target
from ccloud_apply.model.documented import ApiRequest, DocumentedOperation

if TYPE_CHECKING:
    from ccloud_apply.workflows.call.call import CallOptions

MAX_INPUT_BYTES = 8 * 1024 * 1024
"""The largest file that a request may be read from."""

_READER_CHOOSES = ("limit", "page", "sort", "order")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFlags:
    """What is sent: `-p`, `-f` and `--input`."""

    parameters: tuple[str, ...]
    fields: tuple[str, ...]
    input_file: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFlags:
    """How it is sent: `--paginate`, `--wait`, `--timeout` (seconds) and `--force`."""

    is_paginated: bool
    is_waiting: bool
    timeout: float
    is_forced: bool

    def options(self, *, is_included: bool) -> "CallOptions":
        """The same for the workflow."""
        from ccloud_apply.workflows.call.call import CallOptions  # brings the network

        return CallOptions(
            is_forced=self.is_forced,
            is_paginated=self.is_paginated,
            wait_s=self.timeout if self.is_waiting else None,
            has_headers=is_included,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFlags:
    """What is shown and where: `--list`, `--include`, `--out` and `--format`."""

    is_list: bool
    is_included: bool
    out: str | None
    format_name: str | None


def check_flags(
    operation: DocumentedOperation, request: RequestFlags, call: CallFlags, answer: AnswerFlags
) -> None:
    """Raises UsageError for flags that do not go together, or not with this operation."""
    name = operation.id
    if call.is_waiting and operation.answer != "task":
        raise UsageError(f"--wait: {name} starts no task", hint="leave --wait out")
    if request.input_file is not None and request.fields:
        raise UsageError("-f and --input both give the body", hint="give one of them")
    if operation.answer == "file" and (answer.is_included or answer.format_name):
        raise UsageError(
            f"{name} returns a file, which has only one form",
            hint="leave --include and --format out",
        )
    if call.is_paginated:
        _check_paginate(operation, request, answer)


def _check_paginate(
    operation: DocumentedOperation, request: RequestFlags, answer: AnswerFlags
) -> None:
    if not operation.is_list:
        raise UsageError(f"--paginate: {operation.id} does not return a list", hint="leave it out")
    if answer.is_included:
        raise UsageError(
            "--include shows one answer, and --paginate reads several", hint="give one of them"
        )
    given = {text.partition("=")[0] for text in request.parameters}
    if operation.is_paged and (chosen := sorted(given.intersection(_READER_CHOOSES))):
        raise UsageError(
            f"--paginate reads every page by itself, so {', '.join(chosen)} cannot be given",
            hint="leave it out, or leave --paginate out",
        )


def read_request(target: Target, flags: RequestFlags) -> ApiRequest:
    """The request, held against the API document. Raises RequestError with everything that is
    wrong, UsageError for what cannot be read."""
    files = [*(text.partition("=@")[2] for text in flags.fields if "=@" in text), flags.input_file]
    if files.count("-") > 1:
        raise UsageError("standard input can be read only once", hint="put the others in files")
    given = Given(
        parameters=tuple(map(_parse_parameter, flags.parameters)),
        fields=tuple(_read_field(text, target.operation) for text in flags.fields),
        body=NO_BODY
        if flags.input_file is None
        else parse_body(_read_text(flags.input_file), _name_file(flags.input_file)),
    )
    request, problems = build_request(target, given)
    if request is None:
        raise RequestError(problems)
    return request


def _parse_parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise UsageError("-p: expected NAME=VALUE", hint="such as -p hostname=vs10001")
    return name, value


def _read_field(text: str, operation: DocumentedOperation) -> Field:
    try:
        field = parse_field(text)
    except FieldError as error:
        raise UsageError(f"-f: {error}", hint="such as -f memory=8 or -f 'tags[]=web'") from None
    if field.file is None:
        return field
    contents = _read_text(field.file)
    if operation.fields.get(field.name, {}).get("format") == "password":
        contents = contents.removesuffix("\n").removesuffix("\r")  # editors add it
    return field.with_text(contents)


def _name_file(name: str) -> str:
    return "standard input" if name == "-" else name


def _read_text(name: str) -> str:
    """The text of a file, or of standard input (`-`). Raises UsageError, without what is in it."""
    shown = _name_file(name)
    try:
        if name == "-":
            contents = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                contents = file.read(MAX_INPUT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(f"{shown} cannot be read: {reason}") from None
    if len(contents) > MAX_INPUT_BYTES:
        raise UsageError(f"{shown} is larger than {MAX_INPUT_BYTES // 1024**2} MiB")
    try:
        return contents.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{shown} is not UTF-8 text") from None
