"""Finds the folders that are shipped beside the code: in the package, else in the checkout.

What their files say does not belong here.
"""

from functools import cache
from pathlib import Path  # importlib.resources would bring tempfile and shutil: 5 ms at every start

_PACKAGE = Path(__file__).parent


@cache
def shipped_folder(name: str) -> Path:
    """The folder `name` of the repository; a wheel has it as `_name` in the package."""
    packaged = _PACKAGE / f"_{name}"
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
