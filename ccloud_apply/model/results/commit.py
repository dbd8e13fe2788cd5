"""The commit that stack files came from. How it is found is not said here."""

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit by its full id, in lower-case hexadecimal digits.

    `is_altered`: a stack file is not as it is in this commit. None where nobody looked, as in a CI
    job whose environment names the commit and that has no git.
    """

    id: str
    is_altered: bool | None = None
