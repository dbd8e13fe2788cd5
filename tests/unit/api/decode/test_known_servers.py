"""What is remembered of a list changes nothing of what is read."""

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.decode import known_servers
from ccloud_apply.api.decode.known_servers import KnownServers
from ccloud_apply.api.decode.server import decode_server
from ccloud_apply.api.decode.shape import Unreadable

ROW: dict[str, Any] = {
    "id": 1,
    "hostname": "vs10001",
    "generation": 2,
    "tags": ["stack:web", "server:a"],
    "build_in_progress": False,
    "data": {"cores": 2, "memory": 4, "disk": 50, "notes": "x", "addons": []},
}

ODDITIES: tuple[Any, ...] = (True, False, 1, 1.0, 2, 2.0, 0, None, "", "2", [], {}, ["stack:other"])


OWN = sorted(ROW.keys() - {"id", "data"})


def read(decode: Any, row: Any) -> object:
    try:
        return decode(row, "data[0]")
    except Unreadable as error:
        return str(error)


rows = st.builds(
    lambda number, own, inside: {
        **ROW,
        "id": number,
        **own,
        "data": {**ROW["data"], **inside} if isinstance(inside, dict) else inside,
    },
    st.sampled_from((1, 2, True, "1", None)),
    st.dictionaries(
        st.sampled_from(sorted(ROW.keys() - {"id", "data"})), st.sampled_from(ODDITIES)
    ),
    st.one_of(
        st.dictionaries(st.sampled_from(sorted(ROW["data"])), st.sampled_from(ODDITIES)),
        st.none(),
    ),
)


@given(st.lists(st.one_of(rows, st.sampled_from((None, [], 7, "x"))), max_size=12))
def test_every_row_is_read_as_if_it_were_the_first(read_in_turn: list[Any]) -> None:
    known = KnownServers()
    for row in read_in_turn:
        found, expected = read(known.decode, row), read(decode_server, row)
        assert found == expected
        assert repr(found) == repr(expected)  # True and 1 are equal


def test_a_row_that_is_as_it_was_is_not_decoded_again() -> None:
    known = KnownServers()
    first = known.decode(ROW)
    with patch.object(known_servers, "decode_server", side_effect=AssertionError):
        assert known.decode({**ROW, "data": dict(ROW["data"])}) is first
    assert known.decode({**ROW, "hostname": "vs10002"}).hostname == "vs10002"
    assert known.decode(ROW) == first


def test_no_more_servers_are_remembered_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known_servers, "_MOST", 1)
    known = KnownServers()
    first = known.decode(ROW)
    other = {**ROW, "id": 2}
    assert known.decode(other) is not known.decode(other)
    assert known.decode(ROW) is first
