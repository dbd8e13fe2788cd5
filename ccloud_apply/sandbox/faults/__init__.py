"""Trouble that is asked for: which request meets which fault, and what that is like.

plan.py decides, check.py and file.py read what was written, meet.py lets it happen; the others are
one kind of trouble each. Nothing here knows an operation of the API by what it does.
"""

from ccloud_apply.sandbox.faults.check import FaultDataError
from ccloud_apply.sandbox.faults.dropped import ConnectionDropped
from ccloud_apply.sandbox.faults.plan import FaultPlan, Occurrence

__all__ = ["ConnectionDropped", "FaultDataError", "FaultPlan", "Occurrence"]
