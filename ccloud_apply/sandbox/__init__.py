"""The embedded emulator of the ccloud API: an ASGI app on SQLite.

It shares only the API document with the client. Otherwise a mistake that both share would hide
itself.
"""
