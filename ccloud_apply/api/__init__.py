"""The network door: the only folder that speaks HTTP, and the only user of httpx.

Retries, tokens, pages and the vendor's spelling end here; what comes out are the values of
`model/`. What the values mean for a plan does not belong here.
"""
