"""What two files say of one server: `STACK/KEY` in `moved`, and the earlier names of a stack."""

import pytest

from ccloud_apply.load.stack.build import check_stacks
from ccloud_apply.load.stack.join import join_stacks
from ccloud_apply.model.declared.stack import Stack
from tests.unit.load.conftest import Load


def get(load: Load, *texts: str) -> list[Stack]:
    loaded = [load(text) for text in texts]
    assert [one.diagnostics for one in loaded if one.diagnostics] == []
    return [one.stack for one in loaded if one.stack is not None]


def pairs(stack: Stack) -> list[tuple[str, str]]:
    return [(move.before, move.after) for move in stack.moved]


def problems(load: Load, *texts: str) -> list[tuple[str, str]]:
    return [(found.what, found.hint) for found in check_stacks(get(load, *texts))]


def only_what(load: Load, text: str) -> str:
    (found,) = load(text).diagnostics
    return found.what


SHOP = "stack: shop\nservers: {web: {}}\n"
BLOG = "stack: blog\nservers: {db: {}}\n"
TAKES = "moved: [{from: shop/database, to: db}]"
GIVES = "moved: [{from: database, to: blog/db}]"


@pytest.mark.parametrize(
    ("shop", "blog"), [(SHOP, BLOG + TAKES), (SHOP + GIVES, BLOG), (SHOP + GIVES, BLOG + TAKES)]
)
def test_either_file_may_say_that_a_server_moves(shop: str, blog: str, load: Load) -> None:
    giver, receiver = join_stacks(get(load, shop, blog))
    assert pairs(giver) == [("database", "blog/db")]
    assert pairs(receiver) == [("shop/database", "db")]
    assert giver.moved[0].is_joined is (shop == SHOP)
    assert receiver.moved[0].is_joined is (blog == BLOG)
    assert check_stacks([giver, receiver]) == ()


def test_joining_twice_is_joining_once(load: Load) -> None:
    once = join_stacks(get(load, SHOP, BLOG + TAKES))
    again = join_stacks(once)
    assert again == once
    assert [stack.beside for stack in again] == [stack.beside for stack in once]
    assert [[m.is_joined for m in s.moved] for s in again] == [[True], [False]]


def test_a_stack_alone_keeps_what_it_says_of_another_one(load: Load) -> None:
    (receiver,) = join_stacks(get(load, BLOG + TAKES))
    assert pairs(receiver) == [("shop/database", "db")]
    assert receiver.beside == {"blog": {"blog"}}


def test_each_expanded_key_moves(load: Load) -> None:
    many = "stack: blog\nservers: {app: {count: 2}}\n"
    takes = get(load, many + "moved: [{from: shop/web, to: app}]")
    expanded = [("web", "app-1"), ("web-1", "app-1"), ("web-2", "app-2")]
    assert pairs(takes[0]) == [(f"shop/{before}", after) for before, after in expanded]
    gives = get(load, "stack: shop\nmoved: [{from: web, to: blog/app}]", many)
    giver, receiver = join_stacks(gives)
    assert pairs(giver) == [(before, f"blog/{after}") for before, after in expanded]
    assert pairs(receiver) == pairs(takes[0])


def test_a_file_may_name_a_server_of_another_stack_repeated_and_not(load: Load) -> None:
    many = "stack: blog\nservers: {app-1: {}, app-2: {}}\n"
    moves = [("shop/web", "app-1"), ("shop/web-1", "app-1"), ("shop/web-2", "app-2")]
    for written in (moves, moves[::-1]):
        listed = ", ".join(f"{{from: {before}, to: {after}}}" for before, after in written)
        (takes,) = get(load, f"{many}moved: [{listed}]")
        assert pairs(takes) == written


@pytest.mark.parametrize("other", ["shop/web-2", "shop/api-1", "last/web-1", "shop/webby-1"])
def test_two_servers_of_other_stacks_do_not_become_one(other: str, load: Load) -> None:
    moves = f"moved: [{{from: shop/web, to: app-1}}, {{from: {other}, to: app-1}}]"
    what = only_what(load, f"stack: blog\nservers: {{app-1: {{}}}}\n{moves}")
    assert what.startswith('to: "app-1" is named twice')


@pytest.mark.parametrize("entry", ["{count: 0}", "{enabled: false}"])
def test_nothing_moves_to_an_entry_that_makes_no_server(entry: str, load: Load) -> None:
    none = f"stack: blog\nservers: {{app: {entry}}}\n"
    gives = "stack: shop\nmoved: [{from: web, to: blog/app}]"
    takes = "moved: [{from: shop/web, to: app}]"
    for texts in ((gives, none), ("stack: shop", none + takes), (gives, none + takes)):
        assert [pairs(stack) for stack in join_stacks(get(load, *texts))] == [[], []]
        assert problems(load, *texts) == []


def test_a_chain_leads_through_and_out_of_a_stack(load: Load) -> None:
    chain = "moved: [{from: shop/a, to: b}, {from: b, to: c}]"
    (inside,) = get(load, f"stack: blog\nservers: {{c: {{}}}}\n{chain}")
    assert pairs(inside) == [("shop/a", "c"), ("b", "c")]
    out = "moved: [{from: shop/a, to: b}, {from: b, to: last/c}]"
    joined = join_stacks(get(load, SHOP, f"stack: blog\n{out}", "stack: last\nservers: {c: {}}\n"))
    assert [pairs(stack) for stack in joined] == [
        [("a", "last/c")],
        [("shop/a", "last/c"), ("b", "last/c")],
        [("shop/a", "c"), ("blog/b", "c")],
    ]


def test_a_move_onto_a_key_that_was_renamed_since_follows_it(load: Load) -> None:
    receiver = "stack: blog\nservers: {c: {}}\nmoved: [{from: b, to: c}]"
    joined = join_stacks(get(load, "stack: shop\nmoved: [{from: a, to: blog/b}]", receiver))
    assert pairs(joined[1]) == [("b", "c"), ("shop/a", "c")]


def test_the_own_name_and_an_earlier_one_before_a_key_say_nothing_more(load: Load) -> None:
    text = "stack: blog\nrenamed: {from: [old, oldest]}\nservers: {a: {}, b: {}, c: {}}\n"
    moved = "moved: [{from: blog/x, to: a}, {from: old/y, to: b}, {from: z, to: oldest/c}]"
    (stack,) = get(load, text + moved)
    assert pairs(stack) == [("x", "a"), ("y", "b"), ("z", "c")]
    assert stack.names == ("blog", "old", "oldest")


def test_a_stack_that_was_renamed_gives_under_every_name(load: Load) -> None:
    giver = "stack: market\nrenamed: {from: shop}\n"
    joined = join_stacks(get(load, giver, BLOG + TAKES))
    assert [pairs(stack) for stack in joined] == [
        [("database", "blog/db")],
        [("market/database", "db")],
    ]
    assert joined[1].beside["market"] == {"market", "shop"}


@pytest.mark.parametrize(
    ("shop", "blog", "what", "hint"),
    [
        (
            "stack: shop\nservers: {database: {}}",
            BLOG + TAKES,
            'from: "shop/database" is still a key in stack.yaml',
            "remove the entry under servers: there, or this move",
        ),
        (
            "stack: shop\nservers: {database: {count: 0}}",
            BLOG + TAKES,
            'from: "shop/database" is still a key in stack.yaml',
            "remove the entry under servers: there, or this move",
        ),
        (
            SHOP + "moved: [{from: database, to: blog/dbb}]",
            BLOG,
            'to: stack "blog" (stack.yaml) has no server "dbb"',
            'did you mean "db"?',
        ),
        (
            SHOP + "moved: [{from: database, to: blog/app}]",
            "stack: blog\nservers: {app: {}, db: {}}\n" + TAKES,
            'from: "shop/database" goes to "blog/app" as well',
            "remove one of them; the other is in line 3",
        ),
        (
            SHOP + "released: [database]",
            BLOG + TAKES,
            'from: "shop/database" is given back under released: in stack.yaml',
            "remove it from released: there, or this move",
        ),
    ],
)
def test_what_two_files_cannot_both_say_is_an_error(
    shop: str, blog: str, what: str, hint: str, load: Load
) -> None:
    assert problems(load, shop, blog) == [(what, hint)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("moved: [{from: shop/a, to: last/b}]", "neither from nor to is a key of this stack"),
        ("moved: [{from: shop/a, to: x}]", 'to: there is no server "x"'),
        ("moved: [{from: db, to: shop/db}]", 'from: "db" is still a key in this file'),
        (
            "moved: [{from: shop/a, to: db}, {from: shop/a, to: db}]",
            'from: "shop/a" is named twice, first in line 3',
        ),
        (
            "moved: [{from: shop/a, to: db}, {from: shop/b, to: db}]",
            'to: "db" is named twice, first in line 3',
        ),
    ],
)
def test_a_move_that_one_file_alone_shows_to_be_wrong_is_an_error(
    text: str, what: str, load: Load
) -> None:
    assert only_what(load, BLOG + text) == what


@pytest.mark.parametrize("name", ["shop/", "/db", "shop/db/x", "Shop/db", "shop/db_1", "shop//db"])
def test_an_end_of_a_move_is_a_key_or_a_stack_with_a_key(name: str, load: Load) -> None:
    what = only_what(load, f"{BLOG}moved: [{{from: {name}, to: db}}]")
    assert "must be a key or STACK/KEY" in what


def test_a_key_that_goes_to_another_stack_cannot_be_released(load: Load) -> None:
    what = only_what(load, f"{SHOP}{GIVES}\nreleased: [database]")
    assert what == '"database" is renamed under moved:, so it cannot be released'


@pytest.mark.parametrize(
    ("renamed", "what"),
    [
        ("{from: shop}", '"shop" is the name of the stack itself'),
        ("{from: [a, b, a]}", '"a" is named twice'),
        ("{from: Shop_1}", "must be 1 to 40 of a-z, 0-9 and '-', not \"Shop_1\""),
        ("{from: []}", "must have at least 1 entry"),
    ],
)
def test_an_earlier_name_that_cannot_be_one_is_an_error(
    renamed: str, what: str, load: Load
) -> None:
    assert what in only_what(load, f"{SHOP}renamed: {renamed}")


def test_an_earlier_name_may_come_from_a_variable(load: Load) -> None:
    text = 'stack: shop\nvariables: {old: [a, b]}\nrenamed: {from: "${var.old}"}'
    assert get(load, text)[0].names == ("shop", "a", "b")
    text = 'stack: shop\nvariables: {old: a_b}\nrenamed: {from: "${var.old}"}'
    assert 'not "a_b"' in only_what(load, text)
    assert get(load, "stack: shop\nrenamed: null")[0].names == ("shop",)


def test_the_earlier_name_of_a_stack_is_no_stack_of_the_run(load: Load) -> None:
    renamed = "stack: market\nrenamed: {from: shop}"
    (found,) = problems(load, renamed, SHOP)
    assert found == (
        'stack "shop" is still the name of stack.yaml',
        "remove renamed: here, or that file",
    )
    (found,) = problems(load, renamed, renamed.replace("market", "bazaar"))
    assert found[0] == 'stack "shop" is renamed in two files; the other is stack.yaml'


def test_the_entries_of_a_file_are_known_even_where_they_make_no_server(load: Load) -> None:
    text = (
        "stack: w\nservers: {web: {count: 0, depends_on: [db-1, cache]}, db: {count: 1}, cache: {}}"
    )
    assert get(load, text)[0].entries == {"web": ("db", "cache"), "db": (), "cache": ()}
