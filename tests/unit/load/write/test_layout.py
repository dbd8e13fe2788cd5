"""The one layout: what moves, what stays, and where comments belong."""

import pytest

from ccloud_apply.load.schema.stack_schema import build_file_schema
from ccloud_apply.load.write.dump import dump_stack
from ccloud_apply.load.write.layout.format import format_text
from ccloud_apply.load.write.layout.mask import mask_secrets
from ccloud_apply.load.write.layout.order import Kind, key_order, server_order


def formatted(text: str, kind: Kind = Kind.STACK) -> str:
    result = format_text(text.encode(), "f.yaml", kind)
    assert result.diagnostics == ()
    assert result.after is not None
    return result.after


MESSY = """\
# yaml-language-server: $schema=x
# The shop.

# what runs
servers:
    # front end
    web:   # two of them
        memory: 4     # GB
        # enough for nginx
        cores:   2
        disks:
        - 50          # system
        # data
        - { size: 100,id: "a" }
        lifecycle: {resize: offline,prevent_destroy: true}
        # memory: 8


    # the database
    db:
        notes: |   # for people
           Owner: us
             Since: 2020

        pool:
            # fast
            pool_iw_ssd
# the name
stack: shop
"""

TIDY = """\
# yaml-language-server: $schema=x
# The shop.

# the name
stack: shop

# what runs
servers:
  # front end
  web:   # two of them
    # enough for nginx
    cores: 2
    memory: 4     # GB
    disks:
      - 50          # system
      # data
      - {size: 100, id: "a"}
    lifecycle: {prevent_destroy: true, resize: offline}
    # memory: 8

  # the database
  db:
    notes: |   # for people
      Owner: us
        Since: 2020

    # fast
    pool: pool_iw_ssd
"""


def test_keys_get_their_order_and_take_their_comments_along() -> None:
    assert formatted(MESSY) == TIDY


def test_a_text_in_the_layout_stays_as_it_is() -> None:
    text = formatted(MESSY)
    assert formatted(text) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("stack: w\r\nservers:   {}\r\n", "stack: w\nservers: {}\n"),
        ("\ufeffstack: w\n\n\n\nservers: {}\n\n\n", "stack: w\n\nservers: {}\n"),
        ('{"stack": "w", "servers": {}}', '"stack": "w"\n"servers": {}\n'),
        ("stack: w", "stack: w\n"),
        (
            "moved:\n- from: a\n  to: b\n-   # c\n  to: d\n",
            "moved:\n  - from: a\n    to: b\n  -   # c\n    to: d\n",
        ),
        ("other: [ a,b ,{ c : d } ]\n", "other: [a, b, {c: d}]\n"),
        ("other: [\n    a,b,\n    c\n    ]\n", "other: [\n  a, b,\n  c\n]\n"),
        ("other: [\n  a,  # one\n  b]\n", "other:\n  - a  # one\n  - b\n"),
        ("other: {\n  a: 1,\n  b: [2]}\n", "other:\n  a: 1\n  b: [2]\n"),
        ("other: [  # c\n  # d\n]\nz: {\n  # e\n  }\n", "other: []  # c\n  # d\nz: {}\n  # e\n"),
        (
            "moved:\n- to: b\n  # why\n  from: a\n-\n\n  # c\n  to: d\n  from: c\n",
            "moved:\n  # why\n  - from: a\n    to: b\n  # c\n  - from: c\n    to: d\n",
        ),
        ("other: {a, b: }\n", "other: {a, b}\n"),
        ("? other\n: - -   a\n    - b\n", "other:\n  - - a\n    - b\n"),
        ("---\nother: 1\n...\n# end\n", "---\nother: 1\n# end\n"),
        ("# before\n--- # here\nother: 1\n", "# before\n---\n# here\nother: 1\n"),
        ('other: "a\n\n     b" # c\n', 'other: "a\n\n  b"    # c\n'),
        ("other: |2\n   a\n", "other: |2\n   a\n"),
        ("other: |+\n    a\n\n\nz: 1\n", "other: |+\n  a\n\n\nz: 1\n"),
        ("other: >-\n    a\n     b\n\n    c\n", "other: >-\n  a\n   b\n\n  c\n"),
        ("other: |\n    a", "other: |-\n  a\n"),
        ("other:\n    # why\n    a # b\n", "# why\nother: a  # b\n"),
        ("other:\n  # nothing yet\nz: 1\n", "other:\n  # nothing yet\nz: 1\n"),
        ("", ""),
        ("\n# only this  \n\n", "# only this\n"),
    ],
)
def test_small_things(before: str, after: str) -> None:
    assert formatted(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("extends: >\nzz: a\n\nvariables:\n", "extends: >\n\nvariables:\nzz: a\n"),
        ("\nzz: a\nvariables: |2-\n", "variables: |2-\n\nzz: a\n"),
        ("\nzz: a\nvariables: |+\n  b\n", "variables: |+\n  b\nzz: a\n"),
        ("\nzz: a\nvariables: >+\n", "variables: >+\nzz: a\n"),
    ],
)
def test_an_empty_line_comes_under_a_block_where_it_is_no_part_of_it(
    before: str, after: str
) -> None:
    assert formatted(before) == after
    assert formatted(after) == after


def test_comments_in_one_column_stay_in_one() -> None:
    before = "stack: a # x\nother: {a:   1,b:   2,c: 3} # long\nz: 1\n"
    assert formatted("v:\n- 1    # a\n- 2    # b\n- 3333 # c\n") == (
        "v:\n  - 1     # a\n  - 2     # b\n  - 3333  # c\n"
    )
    assert formatted(before).splitlines()[1] == "other: {a: 1, b: 2, c: 3}   # long"


def test_a_file_with_aliases_keeps_the_order_of_its_keys() -> None:
    text = "servers:\n  a: &x {memory: 4, cores: 2}\n  b: *x\nstack: s\n"
    assert formatted(text) == text


def test_servers_variables_and_what_a_field_holds_keep_their_order() -> None:
    text = (
        "stack: s\nvariables: {z: 1, a: 2}\nservers:\n  z: {addons: {b: 1, a: 1}}\n  a:\n"
        "    scheduled_snapshots: {next_run: x, frequency: 6}\n"
    )
    assert formatted(text) == text


def test_a_project_file_has_an_order_of_its_own() -> None:
    text = (
        "environments:\n"
        "  prod: {var_files: [a], account: {endpoint: e, customer_id: k}}\nproject: p\n"
    )
    assert formatted(text, Kind.PROJECT) == (
        "project: p\nenvironments:\n"
        "  prod: {var_files: [a], account: {customer_id: k, endpoint: e}}\n"
    )
    assert formatted(text, Kind.OTHER) == text


def test_every_key_of_a_server_has_a_place() -> None:
    definition = build_file_schema()["$defs"]["server"]
    assert set(definition["properties"]) <= set(server_order())
    assert len(set(server_order())) == len(server_order())
    assert key_order(Kind.STACK, ())[0] == "stack"


def test_what_export_writes_is_in_the_layout() -> None:
    server = {
        "hostname": "vs7",
        "custom_name": "a",
        "pool": "p",
        "disks": [{"id": 1, "size": 50}, 10],
        "tags": ["b", "c"],
        "scheduled_snapshots": {"frequency": 6},
        "notes": "one\ntwo\n",
        "lifecycle": {"prevent_destroy": True},
    }
    text = dump_stack(
        {"stack": "s", "servers": {"mail": server}}, ["Written today"], {"mail": "a remark"}
    )
    assert formatted(text) == text


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("stack: [\n", "yaml-syntax", None),
        ("a: 1\na: 2\n", "duplicate-key", (2, 1)),
        ("a: !x 1\n", "yaml-tag", (1, 4)),
        ('a: 1\n? "b\n  c"\n: 1\n', "not-formatted", (2, 3)),
        ('a: "b\u2028c"\n', "not-formatted", (1, 6)),
    ],
)
def test_what_cannot_be_laid_out_is_refused_with_its_place(
    text: str, code: str, place: tuple[int, int] | None
) -> None:
    result = format_text(text.encode(), "f.yaml", Kind.STACK)
    assert result.after is None
    found = result.diagnostics[0]
    assert found.code == code
    assert found.source is not None
    assert place is None or (found.source.line, found.source.column) == place


def test_a_secret_that_stands_in_a_file_is_masked_for_a_reader() -> None:
    text = (
        "servers:\n  a: {password: hunter2, cores: 2}\n  b:\n    password: |\n      two\n"
        "      lines\n    cores: 2\n  c: {password: {env: CCLOUD_SECRET_C}}\n"
        "  d: {password: {command: [say, hunter2]}}\n"
    )
    masked = mask_secrets(text)
    assert masked == (
        "servers:\n  a: {password: (sensitive), cores: 2}\n  b:\n    password: (sensitive)\n\n\n"
        "    cores: 2\n  c: {password: {env: CCLOUD_SECRET_C}}\n"
        "  d: {password: {command: [say, hunter2]}}\n"
    )
    assert mask_secrets("a: [") == "(sensitive)"


def test_a_secret_of_a_template_that_stands_in_a_file_is_masked_whatever_its_name() -> None:
    text = (
        "defaults:\n  user_data: {template: n.yaml, secrets: {A: hunter2, env: hunter3}}\n"
        "servers:\n  secrets: {cores: 2, sshkey: {template: k, secrets: hunter4}}\n"
        "  b: {user_data: {template: n.yaml, secrets: {A: {env: CCLOUD_SECRET_A}}}}\n"
    )
    assert mask_secrets(text) == (
        "defaults:\n  user_data: {template: n.yaml, secrets: {A: (sensitive), env: (sensitive)}}\n"
        "servers:\n  secrets: {cores: 2, sshkey: {template: k, secrets: (sensitive)}}\n"
        "  b: {user_data: {template: n.yaml, secrets: {A: {env: CCLOUD_SECRET_A}}}}\n"
    )


@pytest.mark.parametrize("wrong", ["a: 1\n", "a: 2  # c\n", "a: [  # c\n", "a: '1'  # c\n"])
def test_a_layout_that_would_lose_something_is_refused(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccloud_apply.load.write.layout.format.draw", lambda document: wrong)
    result = format_text(b"a:   1 # c\n", "f.yaml", Kind.STACK)
    assert result.after is None
    assert [found.code for found in result.diagnostics] == ["not-formatted"]


def test_fields_that_empty_lines_set_apart_stay_together() -> None:
    text = """\
servers:
  a:

    tags: [a]
    cores: 2
    # about the pool
    pool: p

    # network
    subnets: [1]
    ips: {ipv4: 1}
    rollouts: [r]

    disks: [50]
    # GB
    memory: 4
"""
    assert (
        formatted(text)
        == """\
servers:
  a:
    # about the pool
    pool: p
    cores: 2
    tags: [a]

    # network
    subnets: [1]
    rollouts: [r]
    ips: {ipv4: 1}

    # GB
    memory: 4
    disks: [50]
"""
    )


def test_sections_of_a_file_move_with_their_headings() -> None:
    text = "# The shop.\n\n# what runs\nservers: {}\n\n# rules\npolicy: {}\n\nstack: s\n"
    assert formatted(text) == (
        "# The shop.\n\nstack: s\n\n# rules\npolicy: {}\n\n# what runs\nservers: {}\n"
    )


def test_an_item_that_was_taken_out_of_a_list_stays_with_it() -> None:
    assert formatted("released:\n- a\n# - b\n# c\nz: 1\n") == (
        "released:\n  - a\n  # - b\n# c\nz: 1\n"
    )
