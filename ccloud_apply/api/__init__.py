"""The client of the vendor's REST API: the only folder that speaks HTTP and uses httpx.

Retries, tokens, pages and the vendor's spelling stay inside; callers get the values of `model/`.
What the values mean for a plan does not belong here.
"""
