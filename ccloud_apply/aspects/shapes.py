"""Ready aspects for plain fields: a subclass names its operations and its schema, and no more.

`Scalar` is a value that one operation sets, `Set` a group of entries by name, `CreateOnly` a value
of the create request that the API shows, `WriteOnly` one that it never shows.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from ccloud_apply.aspects.base import (
    NO_CATALOGUES,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
    StepDraft,
    Unknown,
    clean_text,
)
from ccloud_apply.aspects.effects import Effect, Sent, server_effect
from ccloud_apply.aspects.undo import Undo, irreversible
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import FieldChange


class LiveFact(Aspect):
    """A field whose live value is one fact of the server: of the server list, or of one read."""

    live_name: ClassVar[str] = ""
    """The fact of LiveServer that is the value; the field's own name where empty."""

    live_read: ClassVar[str] = ""
    """The operation that tells the value, where the server list does not."""

    may_be_empty: ClassVar[bool] = False
    """True if null is a value; otherwise null means that the API does not tell it."""

    def live_reads(self, live: LiveServer) -> frozenset[str]:
        return frozenset({self.live_read}) if self.live_read else frozenset()

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        name = self.live_name or self.field
        if self.live_read:
            value = live.part(self.live_read)
        elif live.tells(name):
            value = live.fact(name)
        else:
            return Unknown()
        if isinstance(value, str):
            value = clean_text(value)
        if value is None and not self.may_be_empty:
            return Unknown(f"the API does not say which {self.field} {live.name} has")
        return value


class Scalar(LiveFact):
    """A value that one operation sets, and that another one deletes where it may be empty."""

    set_operation: ClassVar[str] = ""
    """The operation that sets the value. Its only parameter is the server."""

    body_name: ClassVar[str] = ""
    """The value's name in the body of `set_operation`; the field's own name where empty."""

    delete_operation: ClassVar[str] = ""
    """The operation that deletes the value. If it is `set_operation`, its body is empty."""

    delete_label: ClassVar[str] = ""
    """What a plan calls the deletion; the operation's own label where empty."""

    is_in_create: ClassVar[bool] = True
    """True if the create request sets the value; otherwise a step does it after the create."""

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.set_operation, self.delete_operation)))

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {self.field: value} if self.is_in_create and value is not None else {}

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        return () if self.is_in_create or value is None else (self._draft(value),)

    def update_drafts(self, value: Any, comparison: Comparison) -> tuple[StepDraft, ...]:
        return (self._draft(value),)

    def judge_undo(self, change: FieldChange) -> Undo:
        if change.before is None and not self.delete_operation:
            return irreversible(f"no request takes {self.field} away again")
        return super().judge_undo(change)

    def _draft(self, value: Any) -> StepDraft:
        if value is not None:
            body = {self.body_name or self.field: value}
            return StepDraft(name=self.field, operation_id=self.set_operation, body=body)
        is_put_empty = self.delete_operation == self.set_operation
        return StepDraft(
            name=self.field,
            operation_id=self.delete_operation,
            body={} if is_put_empty else None,
            label=self.delete_label,
        )


def task_effect(aspect: type[Scalar]) -> Effect:
    """The effect of a Scalar whose operation starts a task: the server shows what was sent.

    For values that the server list shows and that no request leaves empty.
    """
    name = aspect.body_name or aspect.field
    fact = aspect.live_name or aspect.field

    def shows(server: LiveServer, sent: Sent) -> bool:
        return name in sent.baseline and bool(server.fact(fact) == sent.baseline[name])

    return server_effect(aspect.set_operation, shows, of_body=(name,))


class Text(LiveFact):
    """What a text adds to another shape: the declared one is trimmed as the platform does it."""

    may_be_empty = True

    def normalise(self, value: Any, base: str) -> str | None:
        return clean_text(value)


class Block(Text):
    """A text of one line or many."""

    def export(self, live: LiveServer, catalogues: Catalogues) -> str | None:
        """A text of several lines ends with a line break, as every file does."""
        text: str | None = super().export(live, catalogues)
        return f"{text}\n" if text and "\n" in text else text


class Set(Aspect):
    """Entries by name, without an order: one operation sets one of them, another deletes it.

    The canonical form is a mapping of names to what is set, such as a count. None is no entry.
    """

    set_operation: ClassVar[str] = ""
    delete_operation: ClassVar[str] = ""

    entry: ClassVar[str] = ""
    """What one of them is called, in labels and as the parameter of both operations."""

    body_name: ClassVar[str] = ""
    """The name of an entry's value in the body of `set_operation`."""

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.set_operation, self.delete_operation)))

    def describe(self, value: Any) -> tuple[FieldChange, ...]:
        return tuple(
            FieldChange(field=f"{self.field}.{name}", after=after, kind=self.kind)
            for name, after in sorted(value.items())
        )

    def change(self, before: Any, after: Any, comparison: Comparison) -> Difference:
        ignored = comparison.spec.lifecycle.ignored_parts(self.field)
        names = sorted(
            name
            for name in before.keys() | after.keys()
            if before.get(name) != after.get(name) and name not in ignored
        )
        return Difference(
            changes=tuple(
                FieldChange(
                    field=f"{self.field}.{name}",
                    before=before.get(name),
                    after=after.get(name),
                    kind=self.kind,
                )
                for name in names
            ),
            drafts=tuple(self._draft(name, before.get(name), after.get(name)) for name in names),
        )

    def _draft(self, name: str, before: Any, after: Any) -> StepDraft:
        draft = StepDraft(
            name=f"{self.field}.{name}",
            operation_id=self.delete_operation,
            parameters={self.entry: name},
            label=f"delete {self.entry} {name}",
        )
        if after is None:
            return draft
        added = f"add {self.entry} {name}"
        label = added if before is None else f"set {self.entry} {name} to {after}"
        body = {self.body_name: after}
        return replace(draft, operation_id=self.set_operation, body=body, label=label)


class WriteOnly(Aspect):
    """A field of the create request, sent as it stands, that the API never shows again."""

    is_create_only = True

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {} if value is None else {self.field: value}


class WriteOnlyList(WriteOnly):
    """A list of the create request, sent only where something is in it."""

    def normalise(self, value: Any, base: str) -> tuple[Any, ...]:
        return tuple(value or ())

    def show(self, value: Any) -> Any:
        return list(value)

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {self.field: list(value)} if value else {}


class CreateOnly(LiveFact, WriteOnly):
    """A field of the create request that the API shows and cannot change.

    A server may be destroyed for a difference, so a live value that is not told for certain is
    unknown.
    """

    def change(self, before: Any, after: Any, comparison: Comparison) -> Difference:
        doubt = "" if before is None else self.find_doubt(before, comparison.catalogues)
        if doubt:
            unknown = Unknown(tell_doubt(self.field, comparison.live, before, doubt))
            return self.leave_unknown(unknown, comparison)
        change = FieldChange(
            field=self.field, before=before, after=after, forces_replace=True, kind=self.kind
        )
        return Difference(changes=(change,))

    def find_doubt(self, live: Any, catalogues: Catalogues) -> str:
        """Why a live value other than the declared one may be no difference, or an empty text."""
        return ""


def tell_doubt(field: str, live: LiveServer, value: Any, doubt: str) -> str:
    """The clause that says what the API tells of a field, and why that is not certain."""
    return f"the API tells the {field} of {live.name} as '{value}', {doubt}"
