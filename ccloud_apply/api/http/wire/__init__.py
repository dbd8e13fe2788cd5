"""HTTP/1.1 over sockets of our own: bytes, connections, and which of them are kept.

httpx would do the same in four times the processor's time, and takes longer to import than a small
plan. What a request means, and whether it is sent again, does not belong here.
"""
