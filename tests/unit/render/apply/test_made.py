"""The addresses of what an apply made, for a person and for the page of a step."""

from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.present import PresentServer
from ccloud_apply.render.apply.made import render_made, render_made_markdown

WEB = PresentServer(
    stack="shop",
    key="web",
    hostname="vs1",
    addresses=Addresses(ipv4=("198.18.0.1", "198.18.0.2"), ipv6=()),
    is_made=True,
)
DB = PresentServer(stack="shop", key="db", hostname="vs2", addresses=None, is_made=True)
OLD = PresentServer(stack="shop", key="old", hostname="vs3", addresses=Addresses())


def test_only_what_was_made_has_a_row_and_unknown_is_not_none() -> None:
    assert render_made([WEB, DB, OLD]).splitlines() == [
        "",
        "server  hostname  IPv4                    IPv6",
        "web     vs1       198.18.0.1, 198.18.0.2  -",
        "db      vs2       unknown                 unknown",
    ]
    assert render_made([OLD]) == render_made_markdown([OLD]) == ""


def test_several_stacks_are_named_with_each_server() -> None:
    assert render_made([WEB], has_stack=True).splitlines()[-1].startswith("shop/web  vs1 ")
    assert "| `shop/web` | `vs1` |" in render_made_markdown([WEB], has_stack=True)


def test_a_long_list_is_cut_and_says_where_the_rest_is() -> None:
    for text in (render_made([WEB] * 1_100), render_made_markdown([WEB] * 1_100)):
        assert text.count("vs1") == 60
        assert (
            text.splitlines()[-1]
            == "… and 1,040 more; `ccloud-apply inventory PATH` lists all of them"
        )
