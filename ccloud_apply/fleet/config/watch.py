"""Notices that fleet.yaml is not any more as it was when the process read it."""

from pathlib import Path


class ConfigWatch:
    """Looks at the file from time to time. A process uses what it has read, until its end."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._seen = self._look()

    def has_changed(self) -> bool:
        """True once for each change. A file that is away for a moment has not changed."""
        found = self._look()
        if found is None or found == self._seen:
            return False
        self._seen = found
        return True

    def _look(self) -> tuple[int, int] | None:
        try:
            told = self._path.stat()
        except OSError:
            return None
        return told.st_mtime_ns, told.st_size
