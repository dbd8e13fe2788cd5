"""The embedded emulator of the ccloud API: an ASGI app over SQLite.

It shares nothing with the client but the API document, so that a mistake of one side cannot be
hidden by the same mistake on the other.
"""
