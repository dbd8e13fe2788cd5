"""How many disks a server has: a rule of the file's schema, so that an editor sees it.

Sizes belong to `plan/checks/catalogues/images.py` (what an image needs) and `limits.py` (what the
account has).
"""

from ccloud_apply.plan.checks.lib.base import Check

MOST = Check(code="CCA107", title="a server has no more disks than the limit")
