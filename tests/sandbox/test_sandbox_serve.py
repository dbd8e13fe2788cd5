"""The socket on which the emulator is served; the command itself is tried in `tests/e2e/`."""

from ccloud_apply.sandbox.serve import _listen
from tests.support.sockets import sends_at_once


def test_no_part_of_an_answer_waits_for_the_acknowledgement_of_the_one_before() -> None:
    with _listen("127.0.0.1", 0) as listener:
        assert sends_at_once(listener)
