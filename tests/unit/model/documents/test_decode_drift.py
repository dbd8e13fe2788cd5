"""A drift report read back from its document: nothing of a stack is lost but the names in sync."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply.model.documents.decode_drift import decode_drift
from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.render.drift.json_document import encode_drift, render_drift_json
from tests.support.examples import examples
from tests.support.render.drifts import full_report, hostile_reports


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(hostile_reports)
def test_what_is_decoded_encodes_to_the_same(report: DriftReport) -> None:
    document = json.loads(render_drift_json(report))

    decoded = tuple(
        replace(one.drift, in_sync=("key",) * one.in_sync) for one in decode_drift(document)
    )

    again = encode_drift(replace(report, stacks=decoded))
    assert again["stacks"] == document["stacks"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"stacks": None}, "drift.stacks: expected a list"),
        ({"format_version": "2.0"}, "format version 2.0"),
        ({"stacks": [{"stack": 7}]}, "drift.stacks[0]"),
    ],
)
def test_a_document_that_is_none_is_refused_with_its_place(
    change: dict[str, object], place: str
) -> None:
    document = {**encode_drift(full_report()), **change}
    with pytest.raises(CodecError) as refused:
        decode_drift(document)
    assert place in str(refused.value)
