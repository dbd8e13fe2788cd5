"""The power states that fields look at. Running and Off are stable; no request asks for another."""

from ccloud_apply.model.live.account import LiveServer

STATE = "get_server_state"
"""The operation that tells the state."""

STABLE_STATES = ("Running", "Off")


def tell_unstable(live: LiveServer) -> str:
    """The clause about a server in another state; an empty text in a stable one.

    Raises NotRead if the state was not read.
    """
    state = live.part(STATE)
    return "" if state in STABLE_STATES else f"{live.name} is {state}, neither Running nor Off"
