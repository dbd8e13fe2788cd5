"""Which drive holds which ISO image, and which one goes.

No field of its own, but what those of mounted images and of the boot order both have to know.
"""

from collections.abc import Iterable, Sequence

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.live.account import LiveDrive
from ccloud_apply.model.live.catalog import Iso

DRIVES, ISOS = "list_server_dvds", "list_server_isos"
_FOLDERS = lazy_pattern(r"[/\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The images that no drive holds, the drives with others, and the empty ones.

    What is missing is put into the drives with others first, then into the empty ones.
    """

    missing: tuple[str, ...]
    extra: tuple[LiveDrive, ...]
    empty: tuple[LiveDrive, ...]

    @property
    def removed(self) -> tuple[LiveDrive, ...]:
        """The drives that nothing is put into."""
        return self.extra[len(self.missing) :]


def holds(drive: LiveDrive, name: str, isos: Iterable[Iso] = ()) -> bool:
    """True if the ISO of that name is in the drive. `isos` tell names that paths do not end with.

    The paths are those of a Windows share, to which upper and lower case are the same.
    """
    if drive.path is None:
        return False
    path, name = drive.path.casefold(), name.casefold()
    return name in (path, _FOLDERS.split(path)[-1]) or any(
        iso.name.casefold() == name and (iso.path or "").casefold() == path for iso in isos
    )


def find_drive(
    drives: Sequence[LiveDrive], name: str, isos: Iterable[Iso] = ()
) -> LiveDrive | None:
    """The first drive with the ISO of that name in it."""
    isos = tuple(isos)
    return next((drive for drive in drives if holds(drive, name, isos)), None)


def name_of(drive: LiveDrive) -> str | None:
    """The file name of the image in the drive, None if it is empty."""
    return None if drive.path is None else _FOLDERS.split(drive.path)[-1]


def assign_images(
    names: Sequence[str], drives: Sequence[LiveDrive], isos: Sequence[Iso]
) -> Assignment:
    """Each image in the first drive that holds it; a second drive with it is one too many."""
    isos = tuple(isos)
    held = {name: find_drive(drives, name, isos) for name in names}
    kept = {drive.id for drive in held.values() if drive is not None}
    free = [drive for drive in drives if drive.id not in kept]
    return Assignment(
        missing=tuple(name for name, drive in held.items() if drive is None),
        extra=tuple(drive for drive in free if drive.path is not None),
        empty=tuple(drive for drive in free if drive.path is None),
    )
