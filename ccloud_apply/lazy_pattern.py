"""A regular expression that is compiled when it is first used.

A module's patterns cost about a tenth of a millisecond each, and most commands need few of the
hundred that their modules have.
"""

import re
from typing import TYPE_CHECKING, Any, AnyStr

if TYPE_CHECKING:

    def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """The pattern; what `re.compile` gives, but for `isinstance` and functions of `re`."""

else:

    class lazy_pattern:  # noqa: N801 as what it stands for
        """As above: the first method that is asked for compiles it."""

        def __init__(self, pattern: Any, flags: int = 0) -> None:
            self._made_of = (pattern, flags)

        def __getattr__(self, name: str) -> Any:
            compiled = _compile(*self._made_of)
            for known in _NAMES:  # from now on found without this method
                setattr(self, known, getattr(compiled, known))
            return getattr(compiled, name)


_compile = re.compile
_NAMES = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer", "pattern")

__all__ = ["lazy_pattern"]
