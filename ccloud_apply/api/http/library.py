"""httpx, without the command line of its own that it brings along.

Where rich and pygments are installed, `import httpx` imports both, for a command that nobody calls
here: a fifth of a small plan's start. httpx itself does without where it cannot import that part.
"""

import sys

_COMMAND_LINE = "httpx._main"

_is_first = "httpx" not in sys.modules
if _is_first:
    sys.modules.setdefault(_COMMAND_LINE, None)  # type: ignore[arg-type]  # its import fails
import httpx  # noqa: E402

if _is_first and sys.modules.get(_COMMAND_LINE) is None:
    sys.modules.pop(_COMMAND_LINE, None)

__all__ = ["httpx"]
