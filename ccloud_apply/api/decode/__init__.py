"""The vendor's JSON as values of `model/`: its spelling, units and contradictions, each with the
heading of `docs/reference/api-oddities.md` that describes it. Nothing above this folder knows them.

Pure. Strict where a wrong reading would cost a server (`Unreadable` with its place), tolerant
everywhere else: unknown fields are ignored, missing ones are None.
"""
