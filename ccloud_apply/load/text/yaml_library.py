"""PyYAML, without compiling the patterns of its reader and resolver in Python.

The parser in C needs none of them, and one alone takes a tenth of `validate`. Whatever does need
them compiles them then.
"""

import re

from ccloud_apply.lazy_pattern import lazy_pattern

_compile = re.compile
re.compile = lazy_pattern  # type: ignore[assignment]
try:
    import yaml
finally:
    re.compile = _compile

__all__ = ["yaml"]
