"""Sizes. The stack file, plans and everything above the API client count in GB.

The document asks for bytes where a disk is added and for GB where one is grown; one GB is read as
1024 * 1024 * 1024 bytes (the document does not say whether GB or GiB is meant).
"""

BYTES_PER_GB = 1024**3


def gb_to_bytes(size_gb: int) -> int:
    """A size in GB as bytes."""
    return size_gb * BYTES_PER_GB
