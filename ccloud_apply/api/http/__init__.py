"""Requests over HTTP: connections, sending, retries, pages.

What an answer means belongs to `api/decode/`.
"""
