"""Tags that differ only in case: the platform keeps the spelling that the account used first.

Of a user's tag that is a warning, as the plan converges all the same. A tag that says whose a
server is must come true to the letter.
"""

from collections.abc import Iterable, Iterator

from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.ownership import build_ownership_tags
from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned, Subject


def _find_offline(subject: Subject) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for at, tag in enumerate(subject.spec.value("tags") or ()):
        spelling = first.setdefault(tag.lower(), tag)
        if spelling != tag:
            yield _finding(subject, at, tag, spelling, "both places")


def _finding(subject: Subject, at: int, tag: str, spelling: str, places: str) -> Finding:
    return Finding(
        subject=subject,
        field="tags",
        path=(at,),
        what=f"{tag} and {spelling} differ only in case; the platform keeps one spelling",
        hint=f"write {spelling} in {places}",
        severity=Severity.WARNING,
    )


def _find_spellings(planned: Planned) -> Iterator[Finding]:
    """Against the tags of all live servers, then of the servers that come before in the plan."""
    first = _index(tag for server in planned.account.servers for tag in server.tags)
    for subject in planned.changed:
        for at, tag in enumerate(subject.spec.value("tags") or ()):
            spelling = first.setdefault(tag.lower(), tag)
            # A server's own tags are the comparison's matter, which has its own warning.
            own = {tag.lower() for tag in subject.live.tags} if subject.live is not None else ()
            if spelling != tag and tag.lower() not in own:
                yield _finding(subject, at, tag, spelling, "all places")


def _find_ownership(planned: Planned) -> Iterator[Finding]:
    spellings: dict[str, set[str]] = {}
    for server in planned.account.servers:
        for tag in server.tags:
            spellings.setdefault(tag.lower(), set()).add(tag)
    for subject in planned.changed:
        lifecycle = subject.spec.lifecycle
        for tag in build_ownership_tags(
            subject.stack.name, subject.spec.key, is_protected=lifecycle.prevent_destroy
        ):
            found = spellings.get(tag.lower(), {tag})
            if tag not in found:
                other = min(found)
                yield Finding(
                    subject=subject,
                    what=f"the account already has the tag {other}, so the tag {tag} would be"
                    " spelled like that, and the server would not be known as the stack's own",
                    hint=f"remove {other} from its servers; ask the vendor if it stays"
                    " in the account's list of tags",
                )


def _index(tags: Iterable[str]) -> dict[str, str]:
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(tag.lower(), tag)
    return first


SPELLING = Check(
    code="CCA150",
    title="no two tags differ only in case",
    find=_find_spellings,
    find_offline=_find_offline,
)
OWNERSHIP = Check(
    code="CCA151",
    title="the tags that say whose a server is keep their spelling",
    find=_find_ownership,
)
