"""Fault injection: which request gets which fault, and what the fault does.

file.py and check.py read the rules, plan.py chooses the faults of a request, injector.py injects
them; each other module is one kind of fault. No rule of the platform belongs here.
"""

from ccloud_apply.sandbox.faults.check import FaultDataError
from ccloud_apply.sandbox.faults.dropped import ConnectionDropped
from ccloud_apply.sandbox.faults.plan import FaultPlan, Occurrence

__all__ = ["ConnectionDropped", "FaultDataError", "FaultPlan", "Occurrence"]
