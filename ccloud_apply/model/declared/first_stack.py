"""What somebody wants in a first stack file: its name, and one entry for new servers."""

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewServer:
    """An entry of new servers, all of one shape. Sizes are in GB; the system disk comes first."""

    key: str
    pool: str
    type: str
    image: str
    cores: int
    memory_gb: int
    disks_gb: tuple[int, ...]
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStack:
    """A stack file that is to be written; `server` is None where it only adopts."""

    name: str
    server: NewServer | None = None
