"""What a plan's hint says to write in `moved` is what the loader takes."""

import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.matching.moves import MoveSuggestions
from tests.support.builders import COMPLETE, account, live, spec, stack

Document = dict[str, Any]

KEYS = (
    "web",
    "db",
    "web-1",
    "web-2",
    "web-a",
    "web-b",
    "db-1",
    "old",
    "web_1",
    "-web",
    "",
    "x" * 41,
)
REPEATS: tuple[Document, ...] = ({}, {}, {"count": 1}, {"count": 2}, {"for_each": ["b", "a"]})
names = st.sampled_from([key for key in KEYS if re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", key)])


def load(document: Document) -> Loaded:
    sources = VariableSources(flags={}, file={}, environment={})
    text = json.dumps(document).encode()
    return load_stack(text, path="stack.yaml", variables=sources, look=lambda _: None)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    keys = draw(st.lists(st.sampled_from(["web", "db", "web-a"]), unique=True, min_size=1))
    hostnames: list[Document] = [{}, {}, {"hostname": "vs1"}]
    return {
        "stack": "shop",
        "defaults": COMPLETE,
        "servers": {
            key: {**draw(st.sampled_from(REPEATS)), **draw(st.sampled_from(hostnames))}
            for key in keys
        },
        "moved": draw(st.lists(st.fixed_dictionaries({"from": names, "to": names}), max_size=1)),
        "released": draw(st.lists(names, max_size=1)),
    }


def follow(document: Document, hint: str) -> Document | None:
    """The file after somebody did what the hint says; None where it says nothing of `moved`."""
    found = re.search(r"moved: \[\{from: (.*?), to: (.*?)\}\]", hint)
    if found is None:
        return None
    before, after = found.groups()
    moved = document["moved"]
    if "in place of the one" in hint:
        moved = []  # there is one at most
    servers = dict(document["servers"])
    if f"take the entry of {before} out of servers" in hint:
        del servers[before]
    released = document["released"]
    if f"take {before} out of released" in hint:
        released = [key for key in released if key != before]
    moved = [*moved, {"from": before, "to": after}]
    return {**document, "servers": servers, "moved": moved, "released": released}


@given(documents(), st.lists(st.sampled_from(KEYS), unique=True))
def test_every_move_that_a_plan_offers_loads(document: Document, keys: list[str]) -> None:
    stack = load(document).stack
    if stack is None:
        return
    stack = replace(stack, policy=Policy(max_destroy=len(keys)))
    lives = account(
        *(
            live(number, tags=("stack:shop", f"server:{key}"), custom_name=f"n{number}")
            for number, key in enumerate(keys, 1)
        )
    )
    plan, diagnostics = build_plan([stack], lives, PlanOptions())
    warnings = () if plan is None else plan.stacks[0].warnings
    for diagnostic in (*diagnostics, *warnings):
        followed = follow(document, diagnostic.hint)
        if followed is not None:
            assert load(followed).diagnostics == (), (diagnostic.hint, followed)


def test_a_move_in_place_of_another_takes_a_released_key_out_as_well() -> None:
    desired = stack(spec("db"), moved={"mysql": "db"}, released=["database"])
    assert MoveSuggestions(desired).suggest("database", "db") == (
        "write moved: [{from: database, to: db}] in place of the one in line 1, and take database"
        " out of released"
    )
