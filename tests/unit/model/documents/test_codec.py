"""Plans to and from JSON, and what a saved plan refuses."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.reference import Hole, Reference, Template
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.model.documents.encode import encode_plan, encode_value
from ccloud_apply.model.documents.saved_plan import (
    decode_saved_plan,
    digest_document,
    encode_saved_plan,
)
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.plan import (
    Action,
    FieldChange,
    Plan,
    PlanAccount,
    ServerPlan,
    StackPlan,
    Step,
)

SOURCE = SourceRange("a.yaml", 3, 5, 3, 9)
SECRET = Reference("env", "CCLOUD_SECRET_WEB", "a.yaml", is_secret=True)


def step(body: Any = None) -> Step:
    return Step(
        id="web/create",
        server="web",
        operation="create server",
        operation_id="create_server",
        method="POST",
        path="/ccloud/servers",
        body=body,
        needs=("db/create",),
        closes="web/shutdown",
        is_destructive=True,
        causes_downtime=True,
    )


def plan(change: FieldChange | None = None, body: Any = None) -> Plan:
    """A plan in which every field holds something."""
    server = ServerPlan(
        key="web",
        hostname="vs1",
        action=Action.REPLACE,
        changes=(change or FieldChange(field="memory", before=4, after=8, note="n"),),
        steps=("web/create",),
        has_downtime=True,
        warnings=("careful",),
        instance="1",
        moved_from="front",
        is_released=True,
        is_busy=True,
        unknown=("image",),
        source=SOURCE,
        addresses=Addresses(ipv4=("198.18.0.10",), ipv6=()),
    )
    held = Diagnostic(code="cap", what="no", hint="h", severity=Severity.HELD, source=SOURCE)
    stack = StackPlan(
        stack="web-prod",
        path="a.yaml",
        servers=(server,),
        steps=(step(body),),
        warnings=(Diagnostic(code="slow", what="slow", severity=Severity.WARNING),),
        held=(held,),
        cost={"monthly_before": "1.00", "servers": {}, "unknown": ["web"]},
        fingerprints={"vs1": "abc"},
    )
    return Plan(
        stacks=(stack,),
        account=PlanAccount(endpoint="https://a/api", customer_id="K1"),
        commit=Commit(id="0123456789" * 4, is_altered=True),
    )


def through_text(document: Any) -> Any:
    return json.loads(json.dumps(document))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$reference", "$literal", "sensitive", "a"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def test_every_field_of_a_plan_comes_back() -> None:
    assert decode_plan(through_text(encode_plan(plan()))) == plan()


@given(values, values)
def test_any_json_value_comes_back_even_one_that_looks_like_a_reference(
    before: Any, after: Any
) -> None:
    told = plan(FieldChange(field="x", before=before, after=after), {"v": [before, after]})
    assert decode_plan(through_text(encode_plan(told))) == told


def test_a_reference_comes_back_as_a_reference_and_shows_a_name_alone() -> None:
    told = plan(body={"password": SECRET, "files": [Reference("file", "x.yaml", "a.yaml")]})
    document = encode_plan(told)
    assert document["stacks"][0]["steps"][0]["body"]["password"] == {
        "$reference": {
            "kind": "env",
            "name": "CCLOUD_SECRET_WEB",
            "base": "a.yaml",
            "is_secret": True,
        }
    }
    assert decode_plan(through_text(document)) == told


TEMPLATE = Template(
    "ci.yaml",
    "stacks/a.yaml",
    (
        ("TOKEN", SECRET),
        ("KEY", Reference("command", "op read 'a b'", "stacks/a.yaml", is_secret=True)),
    ),
    ("join ", Hole("TOKEN"), " as web"),
)


def test_a_template_comes_back_without_its_text_and_shows_no_part_of_it() -> None:
    told = plan(body={"user_data": TEMPLATE})
    document = encode_plan(told)
    assert "join" not in str(document)
    (stack,) = decode_plan(through_text(document)).stacks
    (one,) = stack.steps
    assert one.body["user_data"] == replace(TEMPLATE, parts=None)
    with pytest.raises(ValueError, match="is not known"):
        _ = one.body["user_data"].text
    with pytest.raises(ValueError, match="is not known"):
        _ = one.body["user_data"].digest


@pytest.mark.parametrize("secret", [{}, "x", TEMPLATE, 1])
def test_a_secret_of_a_template_that_is_no_reference_is_refused(secret: Any) -> None:
    document = encode_plan(plan(body={"user_data": TEMPLATE}))
    reference = document["stacks"][0]["steps"][0]["body"]["user_data"]["$reference"]
    reference["secrets"]["TOKEN"] = encode_value(secret)
    with pytest.raises(CodecError):
        decode_plan(document)


def test_a_sensitive_change_has_no_values_in_the_document() -> None:
    told = plan(FieldChange(field="password", before="one", after="two", is_sensitive=True))
    document = encode_plan(told)
    change = document["stacks"][0]["servers"][0]["changes"][0]
    assert change["before"] == change["after"] == {"sensitive": True}
    decoded = decode_plan(document).stacks[0].servers[0].changes[0]
    assert decoded == FieldChange(field="password", is_sensitive=True)


def test_a_plan_that_came_back_encodes_to_the_same_document() -> None:
    told = plan(FieldChange(field="tags", before=("a",), after=("a", "b")))
    document = encode_plan(told)
    assert encode_plan(decode_plan(document)) == document


def test_an_amount_is_a_decimal_string_and_other_objects_are_refused() -> None:
    assert encode_value(Decimal("1.50")) == "1.50"
    with pytest.raises(TypeError, match="cannot hold a object"):
        encode_value(object())


@pytest.mark.parametrize("is_altered", [True, False, None])
def test_what_is_not_known_of_a_commit_comes_back_as_unknown(is_altered: bool | None) -> None:
    told = replace(plan(), commit=Commit(id="0123456789" * 4, is_altered=is_altered))
    document = through_text(encode_plan(told))
    assert document["commit"] == {"id": "0123456789" * 4, "altered": is_altered}
    assert decode_plan(document) == told
    assert encode_plan(replace(told, commit=None))["commit"] is None


def test_a_plan_of_an_earlier_version_has_no_commit() -> None:
    document = encode_plan(plan())
    del document["commit"]
    assert decode_plan(document) == replace(plan(), commit=None)


def test_unknown_keys_are_left_alone() -> None:
    document = encode_plan(plan())
    document["new"] = document["stacks"][0]["new"] = 1
    document["stacks"][0]["servers"][0]["changes"][0]["new"] = {"x": 1}
    assert decode_plan(document) == plan()


def _set(document: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(document)
    node: Any = document
    for name in place[:-1]:
        node = node[name]
    node[place[-1]] = value
    return document


SERVER = ("stacks", 0, "servers", 0)
STEP = ("stacks", 0, "steps", 0)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("stacks",), {}, "plan.stacks: expected a list"),
        (("stacks", 0), [], "plan.stacks[0]: expected an object"),
        ((*SERVER, "key"), 7, "plan.stacks[0].servers[0].key: expected a text"),
        ((*SERVER, "hostname"), [], "plan.stacks[0].servers[0].hostname: expected a text"),
        ((*SERVER, "action"), "explode", "servers[0].action: expected one of create, update"),
        ((*SERVER, "action"), ["create"], "servers[0].action: expected one of create, update"),
        ((*SERVER, "downtime"), 1, "servers[0].downtime: expected true or false"),
        ((*SERVER, "steps"), ["a", 1], "servers[0].steps[1]: expected a text"),
        ((*SERVER, "source", "line"), True, "source.line: expected a whole number"),
        ((*SERVER, "changes", 0, "note"), None, "changes[0].note: expected a text"),
        ((*STEP, "body"), {"$reference": 1}, "steps[0].body.$reference: expected an object"),
        (
            (*STEP, "body"),
            {"$reference": {"kind": "url", "name": "", "base": "", "is_secret": True}},
            "$reference.kind: expected env, file, command, generate or template",
        ),
        (("stacks", 0, "held", 0, "severity"), "x", "held[0].severity: expected one of error"),
        (("stacks", 0, "fingerprints"), [], "fingerprints: expected an object"),
        (("stacks", 0, "fingerprints", "vs1"), 1, "fingerprints.vs1: expected a text"),
        (("format_version",), "2.0", "format version 2.0 cannot be read"),
        (("format_version",), 1.0, "plan.format_version: expected a text"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(
    place: tuple[Any, ...], value: Any, message: str
) -> None:
    with pytest.raises(CodecError) as caught:
        decode_plan(_set(encode_plan(plan()), place, value))
    assert message in str(caught.value)


def test_a_missing_key_is_named() -> None:
    document = encode_plan(plan())
    del document["stacks"][0]["steps"][0]["needs"]
    with pytest.raises(CodecError, match=r"plan\.stacks\[0\]\.steps\[0\]: needs is missing"):
        decode_plan(document)


@pytest.mark.parametrize("document", [None, [], "plan", 1])
def test_what_is_no_object_is_no_plan(document: object) -> None:
    with pytest.raises(CodecError, match="expected an object"):
        decode_plan(document)


def test_a_value_nested_too_deeply_is_refused() -> None:
    body: Any = 1
    for _ in range(200):
        body = [body]
    document = _set(encode_plan(plan()), (*STEP, "body"), body)
    with pytest.raises(CodecError, match="nested less deeply"):
        decode_plan(document)


def saved() -> dict[str, Any]:
    document = encode_saved_plan(plan(), paths=["a.yaml"], options={"target": ("web",), "n": None})
    decoded: dict[str, Any] = through_text(document)
    return decoded


def test_a_saved_plan_comes_back_with_what_it_was_made_from() -> None:
    decoded = decode_saved_plan(saved())
    assert decoded.plan == plan()
    assert decoded.paths == ("a.yaml",)
    assert decoded.options == {"target": ["web"], "n": None}
    assert decoded.digest == saved()["digest"]
    assert decoded.created_by.startswith("ccloud-apply ")


def bound() -> Plan:
    """The plan with what a plan file alone holds."""
    (stack,) = plan().stacks
    account = PlanAccount(endpoint="https://a/api", customer_id=None, access_id="sha256:ab")
    return Plan(stacks=(replace(stack, contents={"a/ci.cfg": "sha256:cd"}),), account=account)


def test_a_saved_plan_keeps_what_it_binds_and_no_other_document_shows_it() -> None:
    document = through_text(encode_saved_plan(bound(), paths=[], options={}))
    assert decode_saved_plan(document).plan == bound()
    assert "sha256:" not in json.dumps(encode_plan(bound()))


def test_a_plan_of_an_earlier_version_binds_nothing() -> None:
    document = encode_plan(plan())
    del document["account"]
    assert decode_plan(document).account is None
    assert decode_plan(document).stacks[0].contents == {}


def test_a_plan_of_an_earlier_version_tells_no_addresses() -> None:
    document = encode_plan(plan())
    server = document["stacks"][0]["servers"][0]
    assert (server.pop("ipv4"), server.pop("ipv6")) == (["198.18.0.10"], [])
    assert decode_plan(document).stacks[0].servers[0].addresses is None


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    document = saved()
    assert digest_document(dict(reversed(document.items()))) == document["digest"]


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        inner = [p for name, item in value.items() for p in _places(item, (*place, name))]
    elif isinstance(value, list):
        inner = [p for i, item in enumerate(value) for p in _places(item, (*place, i))]
    else:
        inner = []
    return [place, *inner] if place else inner


@pytest.mark.parametrize("change", [lambda value: ["edited", value], lambda value: {"x": value}])
def test_a_saved_plan_that_was_edited_anywhere_is_refused(change: Callable[[Any], Any]) -> None:
    document = saved()
    for place in _places(document):
        value: Any = document
        for name in place:
            value = value[name]
        with pytest.raises(CodecError):
            decode_saved_plan(_set(document, place, change(value)))


def test_an_added_key_is_an_edit_too() -> None:
    with pytest.raises(CodecError, match="edited or damaged"):
        decode_saved_plan({**saved(), "extra": 1})


def signed(key: str = "k1") -> dict[str, Any]:
    document = encode_saved_plan(plan(), paths=["a.yaml"], options={"n": 1}, key=key)
    decoded: dict[str, Any] = through_text(document)
    return decoded


def redigest(document: dict[str, Any]) -> dict[str, Any]:
    """What whoever alters a file can do: make its digest anew."""
    return {**document, "digest": digest_document(document)}


def test_a_signed_plan_is_read_with_its_key_and_without_any() -> None:
    assert decode_saved_plan(signed(), key="k1").plan == plan()
    assert decode_saved_plan(signed()).plan == plan()
    assert "k1" not in json.dumps(signed())


def test_a_plan_that_is_not_signed_is_refused_where_a_key_is_set() -> None:
    with pytest.raises(CodecError, match="is not signed"):
        decode_saved_plan(saved(), key="k1")
    stripped = signed()
    del stripped["signature"]
    with pytest.raises(CodecError, match="is not signed"):
        decode_saved_plan(redigest(stripped), key="k1")


def test_another_key_and_an_altered_plan_with_a_new_digest_are_refused() -> None:
    with pytest.raises(CodecError, match="another key signed the file, or it was altered"):
        decode_saved_plan(signed("k2"), key="k1")
    for place in _places(signed()):
        if place[0] in ("digest", "kind", "format_version"):
            continue
        altered = redigest(_set(signed(), place, "altered"))
        with pytest.raises(CodecError, match=r"signature"):
            decode_saved_plan(altered, key="k1")


@pytest.mark.parametrize("signature", [None, 1, "", "ä", "hmac-sha256:" + "0" * 64])
def test_a_signature_that_is_none_is_refused(signature: object) -> None:
    with pytest.raises(CodecError, match="signature"):
        decode_saved_plan(redigest({**signed(), "signature": signature}), key="k1")


def test_numbers_that_json_does_not_have_are_an_edit_too() -> None:
    with pytest.raises(CodecError, match="edited or damaged"):
        decode_saved_plan(_set(saved(), ("options", "n"), float("nan")))


@pytest.mark.parametrize("document", [None, [], {}, {"kind": "other"}, {"stacks": []}])
def test_another_document_is_no_saved_plan(document: object) -> None:
    with pytest.raises(CodecError, match="not a saved plan"):
        decode_saved_plan(document)


def test_a_saved_plan_of_another_version_says_which() -> None:
    document = {**saved(), "format_version": "2.1"}
    with pytest.raises(CodecError, match=r"format version 2\.1 cannot be read"):
        decode_saved_plan(document)


def test_apply_time_parameters_keep_the_key_of_earlier_plan_files() -> None:
    step = Step(
        id="web/boot_order.sc0s1",
        server="web",
        operation="boot sc0s1 first",
        operation_id="set_server_boot_order",
        method="PUT",
        path="/ccloud/servers/vs1/bootorder",
        at_apply={"device": "sc0s1"},
    )
    plan = Plan(stacks=(StackPlan(stack="shop", path="shop.yaml", steps=(step,)),))
    document = encode_plan(plan)
    assert document["stacks"][0]["steps"][0]["late"] == {"device": "sc0s1"}
    assert decode_plan(document).stacks[0].steps == (step,)
