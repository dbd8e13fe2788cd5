"""The document of a plan file: a plan as it was approved, what it was made from, and a digest.

Whoever can write the file can make its digest anew, so a key signs it where there is one. Where a
key comes from does not belong here.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ccloud_apply import __version__
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.documents.decode import check_version, decode_plan, decode_value
from ccloud_apply.model.documents.document import FORMAT_VERSION, CodecError, Node
from ccloud_apply.model.documents.encode import (
    encode_account,
    encode_commit,
    encode_env,
    encode_invoice,
    encode_stack,
    encode_time,
    encode_timing,
    encode_value,
)
from ccloud_apply.model.results.plan import (
    Plan,
    PlanAccount,
    StackPlan,
)

KIND = "ccloud-apply-plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan file: the plan as it was approved, and what it was made from."""

    plan: Plan
    options: Mapping[str, Any]
    paths: tuple[str, ...]
    digest: str
    created_by: str


def _encode_bound_account(account: PlanAccount | None) -> dict[str, Any]:
    """With what tells two accounts at one endpoint apart; nobody but a plan file needs it."""
    document = encode_account(account)
    if account is not None:
        document["account"]["access_id"] = account.access_id
    return document


def _encode_bound_stack(stack: StackPlan) -> dict[str, Any]:
    """With the digests of contents: in a private file, as a short text can be guessed from one."""
    return {**encode_stack(stack), "contents": dict(stack.contents)}


def digest_document(document: Mapping[str, Any]) -> str:
    """SHA-256 over the document without its own `digest`, as canonical JSON."""
    return f"sha256:{hashlib.sha256(_canonical(document, without={'digest'})).hexdigest()}"


def sign_document(document: Mapping[str, Any], key: str) -> str:
    """HMAC-SHA-256 over the document without `digest` and `signature`, as canonical JSON."""
    content = _canonical(document, without={"digest", "signature"})
    return f"hmac-sha256:{hmac.new(key.encode(), content, hashlib.sha256).hexdigest()}"


def _canonical(document: Mapping[str, Any], *, without: AbstractSet[str]) -> bytes:
    content = {name: value for name, value in document.items() if name not in without}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def encode_saved_plan(
    plan: Plan, *, paths: Sequence[str], options: Mapping[str, Any], key: str | None = None
) -> dict[str, Any]:
    """The document of a plan file: the plan, what it was made from, and a digest of all of it.

    With a `key` it is signed.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "created_by": f"ccloud-apply {__version__}",
        "paths": list(paths),
        "options": {name: encode_value(value) for name, value in options.items()},
        **_encode_bound_account(plan.account),
        **encode_env(plan.env),
        **encode_time(plan.read_at),
        **encode_invoice(plan),
        **encode_timing(plan),
        "commit": encode_commit(plan.commit),
        "stacks": list(map(_encode_bound_stack, plan.stacks)),
    }
    if key is not None:
        document = {**document, "signature": sign_document(document, key)}
    return {**document, "digest": digest_document(document)}


def _digest_if_possible(document: Mapping[str, Any]) -> str | None:
    try:
        return digest_document(document)
    except (ValueError, RecursionError):  # numbers that JSON does not have, or nested too deeply
        return None


def decode_saved_plan(document: object, *, key: str | None = None) -> SavedPlan:
    """What a plan file holds. Raises CodecError if it is none, or if it was edited or damaged.

    With a `key` it has to be signed with it. Without, a signature is not looked at.
    """
    node = Node(document, "plan file")
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise CodecError("plan file: this is not a saved plan of ccloud-apply")
    check_version(node)
    digest = node["digest"].text()
    if digest != _digest_if_possible(document):
        raise CodecError("plan file: the file was edited or damaged; its digest does not fit")
    if key is not None:
        _require_signed(document, node, key)
    return SavedPlan(
        plan=decode_plan(document),
        options={name: decode_value(value) for name, value in node["options"].items()},
        paths=node["paths"].map(Node.text),
        digest=digest,
        created_by=node["created_by"].text(),
    )


def _require_signed(document: Mapping[str, Any], node: Node, key: str) -> None:
    if "signature" not in document:
        raise CodecError("plan file: the file is not signed, and a key for plan files is set")
    signature = node["signature"].text()
    told = signature.encode("utf-8", "backslashreplace")  # it may hold a lone surrogate
    if not hmac.compare_digest(told, sign_document(document, key).encode()):
        raise CodecError(
            "plan file: its signature does not fit: another key signed the file, or it was altered"
        )
