"""The flags of `inventory` as values, and which of them go together."""

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.workflows.inputs.inventory_file import require_inventory_place
from ccloud_apply.workflows.inventory import InventoryRequest

WITHOUT_IMAGES = frozenset({"ssh-config", "hosts", "prometheus"})
"""Formats that show no image, so that the catalogue need not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFlags:
    """Which servers, and what of them: `--all`, `--state` and `--cost`."""

    is_all: bool
    state: bool
    cost: bool

    def request(self, stacks: tuple[Stack, ...], format_name: str) -> InventoryRequest:
        """What to read. Raises UsageError where no server is asked for."""
        return InventoryRequest(
            stacks=stacks,
            is_all=self.is_all,
            has_state=self.state,
            has_cost=self.cost,
            has_images=format_name not in WITHOUT_IMAGES,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFlags:
    """How it is shown: `--format`, `--out`, `--watch`, `--port`, and what Ansible asks of a script,
    `--list` and `--host`."""

    format_name: str
    out: str | None
    watch: bool
    port: int | None
    is_list: bool
    host: str | None

    @property
    def is_script(self) -> bool:
        """True for what Ansible asks of a script."""
        return self.is_list or self.host is not None

    @property
    def shown(self) -> str:
        """The format: `--list` and `--host` are Ansible's."""
        return "ansible" if self.is_script else self.format_name

    def check(self, *, can_redraw: bool) -> None:
        """Raises UsageError for flags that do not go together, and for an unusable `--out`.

        `can_redraw`: standard output is a terminal that can draw a line anew.
        """
        if self.shown != self.format_name and self.format_name != "text":
            raise UsageError(
                f"--list and --host are for --format ansible, not {self.format_name}",
                hint="leave one of them out",
            )
        if self.is_list and self.host is not None:
            raise UsageError("--list and --host exclude each other", hint="give one of them")
        if self.port is not None and self.shown != "prometheus":
            raise UsageError("--port is for --format prometheus", hint="add --format prometheus")
        if self.watch:
            self._check_watch(can_redraw=can_redraw)
        if self.out is not None:
            require_inventory_place(self.out, self.shown)

    def _check_watch(self, *, can_redraw: bool) -> None:
        if self.shown != "text" or self.out is not None:
            raise UsageError(
                "--watch draws text on a terminal", hint="leave out --format and --out, or --watch"
            )
        if not can_redraw:
            raise UsageError(
                "--watch draws on a terminal, and standard output is not one",
                hint="leave --watch out to list the servers once",
            )
