"""The flags of `fleet serve` as one value."""

from typing import TYPE_CHECKING

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from ccloud_apply.fleet.model.config import WebConfig
    from ccloud_apply.fleet.serving import ServeOptions

DEFAULT_LISTEN = "127.0.0.1:8090"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeFlags:
    """`--listen`, `--no-worker`, `--once` and `--drain`."""

    listen: str | None
    no_worker: bool
    once: bool
    drain: float

    def check(self) -> None:
        """Raises UsageError for flags that do not go together."""
        if self.once and (self.listen is not None or self.no_worker):
            other = "--no-worker" if self.no_worker else "--listen"
            raise UsageError(
                f"--once and {other} exclude each other", hint="--once serves no page, and works"
            )

    def options(self, web: "WebConfig") -> "ServeOptions":
        """How it is served. Raises UsageError for an address that cannot be served at."""
        from ccloud_apply.fleet.serving import ServeOptions
        from ccloud_apply.fleet.web.listen import read_listen

        return ServeOptions(
            listen=read_listen(self.listen or DEFAULT_LISTEN, web),
            has_worker=not self.no_worker,
            drain_s=self.drain,
        )
