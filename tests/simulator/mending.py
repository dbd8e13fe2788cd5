"""What people do to an account outside of any run: before the first one, and after the last."""

from dataclasses import replace
from typing import Any

from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.sandbox.http.call import Sandbox
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.store import Store
from tests.simulator.behaviours import Found
from tests.simulator.schedule import Schedule


def add_found(store: Store, found: Found) -> None:
    """Give servers what no create request gives."""
    with store.transaction(write=True):
        for server in store.all_servers():
            more: Any = found.get(server["custom_name"] or "", {})
            store.write_server({**server, **more})


def mend_readings(sandbox: Sandbox, schedule: Schedule) -> None:
    """The platform speaks as it does without the odd readings."""
    usual = SandboxOptions(**schedule.sandbox)
    again = {name: getattr(usual, name) for name in schedule.odd}
    object.__setattr__(sandbox, "options", replace(sandbox.options, **again))


def mend_servers(store: Store, schedule: Schedule) -> None:
    """A person at the vendor brings servers that are neither on nor off back to life, and corrects
    descriptions, which no request can."""
    texts = {one.key: one.value("description", None) for one in schedule.stack.servers}
    with store.transaction(write=True):
        for server in store.all_servers():
            is_up = server["state"] in ("Running", "Off")
            state = server["state"] if is_up else "Running"
            (key, *_) = (*read_ownership(server["tags"]).keys, "")
            text = texts.get(key) or server["description"]
            store.write_server({**server, "state": state, "description": text})
