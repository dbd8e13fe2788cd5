"""How addons name the systems that they support, which the API document leaves open.

It shows `ubuntu-22` for an addon, `buster_uefi` and `Linux Debian 10` for an image. Words of
letters are compared (`ubuntu`), numbers only where they agree as they are: a number that differs
can be another spelling of the same version.
"""

import re
from collections.abc import Iterable
from enum import Enum

from ccloud_apply.model.account import Image

_WORD = re.compile(r"[a-z]+|\d+")
_SAYS_NOTHING = frozenset({"uefi", "bios", "server", "standard", "en", "de", "us", "x", "lts"})


class Support(Enum):
    """Whether an addon supports a system: yes, surely not, or not to be told."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


def read_words(*texts: str | None) -> frozenset[str]:
    """The words and numbers of these names that say which system it is."""
    words = (word for text in texts if text for word in _WORD.findall(text.lower()))
    return frozenset(words) - _SAYS_NOTHING


def words_of(image: Image) -> frozenset[str]:
    """The words of an image's names."""
    return read_words(image.image, image.name, image.ostype)


def judge_support(
    supported: Iterable[str], system: frozenset[str], images: Iterable[Image]
) -> Support:
    """Whether a list of supported systems has this one.

    NO only where every entry is of a family that the image catalogue has, and none is of the
    system's family: another version of the same family may be a matter of spelling.
    """
    entries = [read_words(entry) for entry in supported]
    if not entries or not system or any(entry <= system for entry in entries):
        return Support.YES
    families = [frozenset(word for word in entry if word.isalpha()) for entry in entries]
    known = frozenset(word for image in images for word in words_of(image))
    is_understood = all(family and family <= known for family in families)
    has_family = any(family <= system for family in families)
    return Support.NO if is_understood and not has_family else Support.UNSURE
