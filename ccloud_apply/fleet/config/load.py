"""fleet.yaml on the disk -> FleetConfig."""

import shlex
from pathlib import Path

from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import read_stack_file
from ccloud_apply.fleet.config.build import load_fleet
from ccloud_apply.fleet.model.config import FLEET_FILE, FleetConfig
from ccloud_apply.model.diagnostic import Diagnostic


def read_fleet(path: str) -> FleetConfig:
    """The configuration. Raises StackError with every mistake of it, and UsageError for a file
    that cannot be read."""
    return read_checked(path)[0]


def read_checked(path: str) -> tuple[FleetConfig, tuple[Diagnostic, ...]]:
    """The same with its warnings."""
    if Path(path).is_dir():
        path = str(Path(path) / FLEET_FILE)
    if not Path(path).exists():
        file = "" if path == FLEET_FILE else f" {shlex.quote(path)}"
        raise UsageError(
            f"the file {path} does not exist",
            hint=f"`ccloud-apply fleet init{file}` writes a first one; --config FILE names another",
        )
    config, diagnostics = load_fleet(read_stack_file(Path(path)), path=path)
    if config is None:
        raise StackError(diagnostics)
    return config, diagnostics
