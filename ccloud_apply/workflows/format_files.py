"""Puts stack files, and what belongs to them, into the one layout; offline."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ccloud_apply.errors import UsageError
from ccloud_apply.files import (
    find_stack_files,
    is_named,
    read_stack_file,
    real_path,
    replace_file,
)
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.schema.stack_schema import BASE_KEYS
from ccloud_apply.load.text.parse import find_top_keys, parse_document
from ccloud_apply.load.write.layout.format import format_text
from ccloud_apply.load.write.layout.mask import mask_secrets
from ccloud_apply.load.write.layout.order import Kind
from ccloud_apply.model.declared.project import PROJECT_FILE
from ccloud_apply.model.results.formatting import FormattedFile, Formatting
from ccloud_apply.workflows.inputs.no_stack import OnSkipped, ignore, is_no_stack, require_no_plan

_NAMES = lazy_pattern(rb"extends|file|template")
_OF_STACKS = frozenset({"stack", "servers"})


def format_files(
    paths: Sequence[str], *, shows: bool = False, on_skipped: OnSkipped = ignore
) -> Formatting:
    """What these files and folders become; nothing is written.

    Of a folder that is every stack, every project file, and the files of the folder that one of
    them names: those that a stack extends, and files of variables; never what a stack sends as it
    is (`{file: PATH}`, `{template: PATH}`). `shows` also makes the texts for
    a reader. Raises UsageError for a path that cannot be read, a saved plan, and for folders with
    nothing to format.
    """
    contents = {path: read_stack_file(path) for path in find_stack_files(paths)}
    documents = {path: _read(path, content) for path, content in contents.items()}
    named = _resolve_all(documents, _names_of_yaml)
    sent = _resolve_all(documents, _names_of_texts) - named
    formatted = []
    for path, content in contents.items():
        require_no_plan(path, content)
        real = real_path(path)
        if real in sent and not is_named(path, paths):
            continue
        is_taken = real in named or path.name == PROJECT_FILE
        if not is_taken and is_no_stack(path, content, paths):
            on_skipped(path)
            continue
        formatted.append(format_content(content, str(path), shows=shows))
    if not formatted:
        raise UsageError(
            f"no file in {', '.join(paths)} is a stack or a project file",
            hint="name the file itself to format it all the same",
        )
    return Formatting(files=tuple(formatted))


def format_content(content: bytes, path: str, *, shows: bool = False) -> FormattedFile:
    """What the contents of one file become; `path` decides about the order of keys if its name is
    that of a project file."""
    file = format_text(content, path, _kind_of(path, content))
    if not shows or file.after is None or not file.is_changed:
        return file
    return replace(
        file, shown_before=mask_secrets(file.before), shown_after=mask_secrets(file.after)
    )


def write_formatted(formatting: Formatting) -> None:
    """Write the files that have another layout, each whole or not at all. Raises UsageError."""
    for file in formatting.changed:
        assert file.after is not None
        replace_file(Path(file.path), file.after, before=file.before)


def _kind_of(path: str, content: bytes) -> Kind:
    if Path(path).name == PROJECT_FILE:
        return Kind.PROJECT
    keys = find_top_keys(content) or frozenset()
    if "project" in keys and not keys & _OF_STACKS:  # by another name, with --project
        return Kind.PROJECT
    is_stack = keys & _OF_STACKS or (keys and keys <= set(BASE_KEYS))
    return Kind.STACK if is_stack else Kind.OTHER


def _read(path: Path, content: bytes) -> Any:
    """What the file says, as far as it names other files; None where it names none."""
    if path.name != PROJECT_FILE and not _NAMES.search(content):
        return None
    document, _ = parse_document(content, str(path))
    return document


def _resolve_all(
    documents: Mapping[Path, Any], names_of: Callable[[Any], Iterator[str]]
) -> frozenset[Path]:
    """The files that these documents name, relative to their own folders."""
    return frozenset(
        real_path(path.parent / name)
        for path, document in documents.items()
        if isinstance(document, Mapping)
        for name in names_of(document)
    )


def _names_of_yaml(document: Any) -> Iterator[str]:
    """`extends` of a stack, and `var_files` of a project's environments."""
    environments = document.get("environments")
    entries = environments.values() if isinstance(environments, Mapping) else ()
    files = (entry.get("var_files") for entry in entries if isinstance(entry, Mapping))
    for names in (document.get("extends"), *files):
        listed = [names] if isinstance(names, str) else names
        if isinstance(listed, list):
            yield from (name for name in listed if isinstance(name, str))


def _names_of_texts(document: Any) -> Iterator[str]:
    """`{file: PATH}` and `{template: PATH}`, wherever they stand: contents that are sent as they
    are, so that a layout would change them."""
    if isinstance(document, Mapping):
        for key, part in document.items():
            if key in ("file", "template") and isinstance(part, str):
                yield part
            yield from _names_of_texts(part)
    elif isinstance(document, list):
        for part in document:
            yield from _names_of_texts(part)
