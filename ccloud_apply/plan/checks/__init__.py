"""Checks: what the platform would refuse is an error of the plan. One module per subject.

What a plan is does not belong here, and neither do values that fit no schema: those are refused
while loading.
"""
