"""Tags as a set. The tags of ours ride along: the API replaces the whole list at once."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from ccloud_apply.aspects.base import (
    EQUAL,
    NO_CATALOGUES,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
    Problem,
    StepDraft,
)
from ccloud_apply.aspects.effects import (
    TAGS_READ,
    Bound,
    Effect,
    Facts,
    Planned,
    Sent,
    always_due,
    changed_since_plan,
)
from ccloud_apply.aspects.undo import REVERSIBLE, Undo, lossy
from ccloud_apply.errors import UnseenError
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import (
    PREVENT_DESTROY,
    describe_owner,
    is_foreign_mark,
    is_mark,
    is_reserved_tag,
    is_retire_mark,
    is_retire_tag,
    read_ownership,
)
from ccloud_apply.model.results.plan import FieldChange, ValueKind

_TAG = lazy_pattern(r"[A-Za-z0-9:_-]+")


class Tags(Aspect):
    """`set_server_tags`, compared for every managed server because of the ownership tags."""

    field = "tags"
    tells_what_goes = True
    order = 20
    kind = ValueKind.TAGS
    file_order = 59
    is_always_compared = True
    merge = "union"
    part = "GLOB"
    part_pattern = "[A-Za-z0-9:_*?!\\[\\]-]+"
    schema = {
        "type": ["array", "null"],
        "items": {"type": "string", "minLength": 1},
        "description": "Tags; their order does not matter. Each is one word of letters, digits,"
        " colons, hyphens and underscores.",
        "examples": [["production", "web"]],
    }

    def normalise(self, value: Any, base: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value or ()))

    def check(self, value: Any, spec: ServerSpec) -> tuple[Problem, ...]:
        problems = ((index, _check_tag(tag)) for index, tag in enumerate(value))
        return tuple(
            Problem(code=code, what=what, hint=hint, detail=f"[{index}]")
            for index, (code, what, hint) in problems
            if code
        )

    def show(self, value: Any) -> Any:
        return sorted(value)

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {"tags": list(value)} if value else {}

    def read_live(
        self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES
    ) -> tuple[str, ...]:
        """The tags without the reserved ones, which no file names."""
        return tuple(sorted({tag for tag in live.tags if not is_reserved_tag(tag)}))

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        """All tags: ownership is what the copy is planned by."""
        return {self.field: list(live.tags)}

    def judge_undo(self, change: FieldChange) -> Undo:
        """A tag that goes comes back where a file can name it; ours with what they stand for."""
        gone = set(change.before or ()) - set(change.after or ())
        if any(_check_tag(tag)[0] == "bad-tag" for tag in gone):
            return lossy("no file can name a tag that goes")
        return REVERSIBLE

    def compare(self, comparison: Comparison) -> Difference:
        live = frozenset(comparison.live.tags)
        if not comparison.marks and live == {
            *comparison.spec.value(self.field, ()),
            *comparison.ownership,
        }:
            return EQUAL  # nearly every server: there is nothing to keep and nothing to spell
        return self.compare_in_full(comparison)

    def compare_in_full(self, comparison: Comparison) -> Difference:
        """As `compare`, with all that may be kept, ignored or spelled in another way."""
        live = frozenset(comparison.live.tags)
        users = frozenset(self.read_live(comparison.live))
        wished = self._find_wished(comparison, users)
        wished, warnings = _respell(wished, users)
        kept_marks = frozenset(filter(is_foreign_mark, live - users))
        marks = comparison.marks
        if marks is None:
            marks = frozenset(filter(is_mark, live))
        after = wished | kept_marks | marks | _spell_retirement(comparison.ownership, live)
        if after == live:
            return Difference(warnings=warnings) if warnings else EQUAL
        removed = sorted(users - wished)
        if removed:
            gone = f"tags that the file does not name are removed: {', '.join(removed)}"
            warnings = (*warnings, gone)
        return Difference(
            changes=(build_tags_change(live, after),),
            drafts=(build_tags_draft(after),),
            warnings=warnings,
        )

    def _find_wished(self, comparison: Comparison, users: frozenset[str]) -> frozenset[str]:
        """The users' tags that the server is to have: those of an ignored glob stay as they are."""
        lifecycle = comparison.spec.lifecycle
        if not comparison.spec.declares(self.field) or self.field in lifecycle.ignored_fields:
            return users
        ignored = lifecycle.ignored_parts(self.field)
        declared = (tag for tag in comparison.spec.value(self.field) if not _is_kept(tag, ignored))
        patterns = (*comparison.keep_tags, *ignored)
        return frozenset((*declared, *(tag for tag in users if _is_kept(tag, patterns))))


def build_tags_change(before: Iterable[str], after: Iterable[str]) -> FieldChange:
    """The change from the one set of tags to the other."""
    return FieldChange(field=Tags.field, before=sorted(before), after=sorted(after), kind=Tags.kind)


def build_tags_draft(tags: Iterable[str], *, label: str = "") -> StepDraft:
    """The request that gives a server exactly these tags."""
    return StepDraft(
        name="tags", operation_id="set_server_tags", body={"tags": sorted(tags)}, label=label
    )


def _respell(
    wished: frozenset[str], live: frozenset[str]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """The wished tags as the server has them where only case differs.

    The platform keeps a tag's first spelling for ever, so another one would never come true.
    """
    if wished <= live:
        return wished, ()
    spellings = {tag.lower(): tag for tag in live - wished}
    respelled = {tag: spellings[tag.lower()] for tag in wished - live if tag.lower() in spellings}
    warnings = tuple(
        f"the platform spells the tag {tag} as {spelling} and cannot change that; write {spelling}"
        for tag, spelling in sorted(respelled.items())
    )
    return frozenset(respelled.get(tag, tag) for tag in wished), warnings


def _spell_retirement(ownership: Iterable[str], live: frozenset[str]) -> frozenset[str]:
    """The ownership tags, with what says how long a server waits as the server has it: the platform
    keeps the spelling that an account used first."""
    spellings = {tag.lower(): tag for tag in live if is_retire_tag(tag)}
    return frozenset(spellings.get(tag, tag) for tag in ownership)


def _is_kept(tag: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(tag, pattern) for pattern in patterns)


def _check_tag(tag: str) -> tuple[str, str, str]:
    if not _TAG.fullmatch(tag):
        return (
            "bad-tag",
            f"{tag[:40]!r} is not a tag; a tag is one word of letters, digits, ':', '-' and '_'",
            "",
        )
    if is_reserved_tag(tag):
        way_out = "leave it out"
        if tag.lower() == PREVENT_DESTROY:
            way_out = f"{way_out}, and set lifecycle: {{prevent_destroy: true}}"
        return "reserved-tag", f"{tag} is a tag that ccloud-apply keeps for itself", way_out
    return "", "", ""


def _bind(planned: Planned, facts: Facts, sent: Sent) -> Bound:
    """With the tags that others have added since the plan, a protection too.

    Raises ApplyError if the server has another owner by now than the plan saw.
    """
    change = planned.change
    before = set((change.before if change is not None else None) or ())
    live, wished = set(facts.part(TAGS_READ)), sent.body["tags"]
    if _owner(live) not in (_owner(before), _owner(wished)):
        owner = describe_owner(read_ownership(live))
        raise changed_since_plan(f"{facts.hostname} belongs to {owner}")
    if facts.server is not None:  # the newer of the two reads
        live |= set(facts.server.tags)
    tags = sorted({*wished, *(live - before)})
    warnings: tuple[str, ...] = ()
    added = sorted(
        tag
        for tag in live - before
        if (tag.lower() == PREVENT_DESTROY or is_mark(tag) or is_retire_mark(tag))
        and tag not in wished
    )
    if added and before:
        warnings = (f"someone has set {' and '.join(added)} since the plan: it stays",)
    return Bound(path=sent.path, body={"tags": tags}, warnings=warnings)


def _verify(facts: Facts, sent: Sent) -> None:
    live = {tag.lower() for tag in facts.part(TAGS_READ)}
    missing = sorted(tag for tag in sent.body["tags"] if tag.lower() not in live)
    if missing:
        raise UnseenError(f"{facts.hostname} does not carry the tags that were set: {missing}")
    # A plan that is made from reads which are behind would shut down what was just restored.
    wished = {tag.lower() for tag in sent.body["tags"]}
    left = sorted(tag for tag in live - wished if is_retire_mark(tag))
    if left:
        raise UnseenError(f"{facts.hostname} carries {' and '.join(left)} still")


def _owner(tags: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    owner = read_ownership(tags)
    return owner.stacks, owner.keys


EFFECTS = (
    Effect(
        operation_id="set_server_tags",
        is_due=always_due,
        reads_to_bind=frozenset({TAGS_READ}),
        bind=_bind,
        binds_always=True,
        reads=frozenset({TAGS_READ}),
        verify=_verify,
        takes_ownership=True,
        sets_marks=True,
    ),
)
