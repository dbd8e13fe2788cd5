"""Every hint of the loader, followed to the letter, works: the error is gone, and none is new."""

import ast
import re
from collections.abc import Iterator

import pytest

from ccloud_apply.model.diagnostic import Diagnostic
from tests.conftest import ROOT
from tests.support.hints import follow, is_mechanical
from tests.unit.load.conftest import Load

SERVER = "  web: {pool: p, type: unmanaged, image: i, cores: 1, memory: 2, disks: [20]}\n"
HEAD = "stack: shop\n"
TOP = f"{HEAD}servers:\n"
WEB = f"{TOP}  web:\n    "
VARIABLES = f"{HEAD}variables: {{size: 2, home: x}}\nservers:\n  web:\n    "

OFFERS = [
    f"{WEB}corse: 2\n",
    f"{WEB}cores: 2\n    corse: 4\n",
    f"{WEB}cpu: 2\n",
    f"{WEB}cores: 2\n    cpu: 2\n",
    f"{WEB}type: manged\n",
    f'{WEB}cores: "8"\n',
    f'{WEB}cores: "08"\n',
    f"{WEB}memory: 8G\n",
    f'{WEB}memory: "16 GB"\n',
    f"{WEB}disks: 50\n",
    f'{WEB}disks: "50"\n',
    f"{WEB}disks: [50G]\n",
    f"{WEB}tags: web\n",
    f"{WEB}tags: web, db\n",
    f"{WEB}tags: backup:daily\n",
    f"{WEB}tags: 7\n",
    f"{WEB}tags: [7]\n",
    f"{WEB}custom_name: 01\n",
    f"{WEB}custom_name: 1.50\n",
    f"{WEB}custom_name: 0x10\n",
    f"{WEB}custom_name: True\n",
    f"{WEB}notes: 1e3\n",
    f"{WEB}image: 12\n",
    f"{WEB}hostname: 7\n",
    f"{TOP}  01: {{}}\n  web: {{depends_on: [01]}}\n",
    f"{TOP}  01: {{}}\n  web: {{depends_on: 01}}\n",
    f"{TOP}  01: {{}}\nmoved: [{{from: old, to: 01}}]\n",
    f"{TOP}  web: {{}}\nreleased: [01]\n",
    f"{TOP}  web: {{}}\nreleased: 01\n",
    f"{TOP}  web: {{}}\n  db: {{depends_on: [wep]}}\n",
    f"{TOP}  web: {{}}\nmoved: [{{from: old, to: wep}}]\n",
    f"{WEB}lifecycle: {{ignore_changes: notes}}\n",
    f"{WEB}lifecycle: {{ignore_changes: [note]}}\n",
    f"{WEB}lifecycle: {{resize: offlin}}\n",
    f"{WEB}user_data: 'echo ${{HOME}}'\n",
    f"{WEB}user_data: 'echo ${{HOME:-/root}}'\n",
    f"{WEB}user_data: 'echo ${{#list}} ${{key}}'\n",
    f"{WEB}user_data: 'for x in ${{list[0]}}; do'\n",
    f"{WEB}user_data: 'echo ${{HOME'\n",
    f"{VARIABLES}notes: '${{home}}'\n",
    f"{VARIABLES}notes: 'at ${{var.hom}}'\n",
    f"{VARIABLES}notes: '${{stack.name}}'\n",
    f"{VARIABLES}notes: '${{key.name}}'\n",
    f"{HEAD}variables: {{net: {{zone: a}}}}\nservers: {{web: {{notes: '${{var.net.zon}}'}}}}\n",
    f"{TOP}  web: {{count: 2, notes: 'no ${{index.name}}'}}\n",
    f"{TOP}  web: {{for_each: [a, b], notes: '${{each.name}}'}}\n",
    f"{WEB}password: secret\n",
    f"{TOP}  web: {{count: '2'}}\n",
    f"{TOP}  web: {{for_each: a}}\n",
    f"{HEAD}policy: {{max_destroy: '1'}}\nservers: {{}}\n",
    f"{HEAD}policy: {{keep_tags: 'backup-1'}}\nservers: {{}}\n",
    f"{HEAD}defaults: {{cores: '2'}}\nservers: {{web: {{}}}}\n",
    "stack: 01\nservers: {}\n",
]
"""Files whose one error has a hint that offers a text, or the removal of a key."""

NO_OFFERS = [
    f"{WEB}lifecycle: {{ignore_changes: all}}\n",
    f'{WEB}cores: "0"\n',
    f'{WEB}cores: "100000"\n',
    f'{WEB}tags: "two words"\n',
    f"{WEB}tags: '{'x' * 60}'\n",
    f"{WEB}disks: 0\n",
    f"{WEB}power: on\n",
    f"{TOP}  web: {{count: 2, notes: '${{index}}'}}\n",
    f"{HEAD}variables: {{size: '8'}}\nservers: {{web: {{cores: '${{var.size}}'}}}}\n",
]
"""Files whose error has no text that the file could hold in its place."""

# fmt: off
SENTENCES = [
    # Each with the file after a person has done what the hint says.
    (f"{TOP}\tweb: {{}}\n", "use spaces", f"{TOP}  web: {{}}\n"),
    (f"{WEB}notes:\t|\n\t\ttext\n", "", f"{WEB}notes: |\n      text\n"),
    (f"{WEB}custom_name: @web\n", "in quotes", f'{WEB}custom_name: "@web"\n'),
    (f"{WEB}notes: a: b\n", "in quotes", f'{WEB}notes: "a: b"\n'),
    (f"{WEB}notes: !!str 1\n", "quotes make a text of anything", f'{WEB}notes: "1"\n'),
    (f"{TOP}{SERVER}---\nstack: b\n", "end the file before this line", f"{TOP}{SERVER}"),
    (f"%YAML 1.2\n---\n{TOP}{SERVER}", "remove the line", f"{TOP}{SERVER}"),
    (f"{WEB}cores: 2\n    cores: 4\n", "remove one of them", f"{WEB}cores: 4\n"),
    (
        f"{WEB}<<: {{cores: 2}}\n",
        "defaults:",
        f"{HEAD}defaults: {{cores: 2}}\nservers: {{web: {{}}}}\n",
    ),
    (f"{WEB}a: {{b}}: c\n", "", f"{WEB}notes: c\n"),
    ("", "a stack file begins with stack: NAME", "stack: name\n"),
    (f"endpoint: x\n{TOP}{SERVER}", "environment", f"{TOP}{SERVER}"),
    (f"cores: 2\n{TOP}{SERVER}", "under servers:", f"{TOP}{SERVER}"),
    (f"{WEB}released: [a]\n", "without indentation", f"{TOP}{SERVER}released: [a]\n"),
    (
        f"{HEAD}defaults: {{count: 2}}\nservers: {{web: {{}}}}\n",
        "under servers:",
        f"{WEB}count: 2\n",
    ),
    (
        f"{WEB}notes: '${{var.size}}'\n",
        "declare it under variables:",
        f"{VARIABLES}notes: 'a ${{var.size}}'\n",
    ),
    (
        f"{WEB}user_data: 'a ${{secret.T}}'\n",
        "name a template: user_data: {template: FILE, secrets: {NAME: {env: CCLOUD_SECRET_NAME}}}",
        f"{WEB}user_data: {{template: ci.yaml, secrets: {{T: {{env: CCLOUD_SECRET_T}}}}}}\n",
    ),
    (f"{WEB}notes: '${{var}}'\n", "${var.NAME}", f"{VARIABLES}notes: '${{var.home}}'\n"),
    (
        f"{TOP}  a: {{depends_on: [b]}}\n  b: {{depends_on: [a]}}\n",
        "remove one of these",
        f"{TOP}  a: {{}}\n  b: {{depends_on: [a]}}\n",
    ),
    (f"{TOP}{SERVER}moved: [{{from: web, to: web}}]\n", "remove the entry", f"{TOP}{SERVER}"),
    (
        f"{TOP}{SERVER}released: [web]\n",
        "remove the entry under servers:",
        f"{TOP}\nreleased: [web]\n",
    ),
    (
        f"{TOP}{SERVER}released: [old, old]\n",
        "remove one of them",
        f"{TOP}{SERVER}released: [old]\n",
    ),
    (
        f"{TOP}  a: {{hostname: vs1}}\n  b: {{hostname: vs1}}\n",
        "belongs to one server",
        f"{TOP}  a: {{hostname: vs1}}\n",
    ),
    (
        f"{TOP}  a: {{count: 1}}\n  a-1: {{}}\n",
        "rename one of them",
        f"{TOP}  a: {{count: 1}}\n  b: {{}}\n",
    ),
    (f"{TOP}  a: {{for_each: [x, x]}}\n", "", f"{TOP}  a: {{for_each: [x]}}\n"),
    (f"{TOP}  a: {{for_each: [X]}}\n", "keys are", f"{TOP}  a: {{for_each: [x]}}\n"),
    (
        f"{WEB}tags: [prevent-destroy]\n",
        "lifecycle: {prevent_destroy: true}",
        f"{WEB}lifecycle: {{prevent_destroy: true}}\n",
    ),
    (f"{WEB}tags: ['stack:x']\n", "leave it out", f"{WEB}tags: []\n"),
]
# fmt: on


def problems(load: Load, text: str) -> tuple[Diagnostic, ...]:
    return tuple(found for found in load(text).diagnostics if found.is_error)


@pytest.mark.parametrize("text", OFFERS)
def test_what_a_hint_offers_can_be_written_and_ends_the_error(text: str, load: Load) -> None:
    (problem,) = problems(load, text)
    assert is_mechanical(problem.hint), problem
    for written in follow(text, problem):
        assert written != text
        assert problems(load, written) == (), (problem.hint, written)


@pytest.mark.parametrize("text", NO_OFFERS)
def test_no_text_is_offered_that_the_file_could_not_hold(text: str, load: Load) -> None:
    (problem,) = problems(load, text)
    assert not is_mechanical(problem.hint), problem


@pytest.mark.parametrize(("text", "hint", "after"), SENTENCES)
def test_what_a_hint_says_in_words_ends_the_error(
    text: str, hint: str, after: str, load: Load
) -> None:
    found = problems(load, text)
    assert found
    assert any(hint in problem.hint for problem in found), found
    assert problems(load, after) == ()


def _templates() -> Iterator[re.Pattern[str]]:
    """What the hints about a stack file that offer a text look like, from the source."""
    folder = ROOT / "ccloud_apply" / "load"
    for path in sorted(set(folder.rglob("*.py")) - set((folder / "request").rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            first = parts[0]
            if isinstance(first, ast.Constant) and str(first.value).startswith(
                ("write ", "did you mean ")
            ):
                texts = (
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
                    for part in parts
                )
                yield re.compile("".join(texts))


def test_each_hint_that_offers_a_text_is_tried(load: Load) -> None:
    hints = [problem.hint for text in OFFERS for problem in problems(load, text)]
    templates = list(_templates())
    assert len(templates) > 5
    for template in templates:
        assert any(map(template.match, hints)), template.pattern
