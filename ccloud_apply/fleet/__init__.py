"""Many stacks in many accounts, reconciled all the time by one process or by many workers.

Our tables are the truth: what is due, who holds a stack, what was sent. Jobs only wake a worker,
and can be lost.
"""
