"""Decodes the vendor's JSON into values of `model/`.

The API's spellings, units and contradictions are known in this folder only. Each comment `Oddity:`
names the heading of `docs/reference/api-oddities.md` that describes one.

Pure. Strict where a wrong value would cost a server (`Unreadable` with its place), tolerant
everywhere else: unknown fields are ignored, missing ones are None.
"""
