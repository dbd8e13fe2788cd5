"""The page of a fleet: what it shows, who may see it, and what repositories' hosts tell it.

An app is put together so: `open_entrance` (auth/entrance.py) reads who may come in; the routes are
the page's own with `sign_in_routes(entrance)` and `hook_routes(...)`; `protect(app, entrance,
listen=...)` stands in front of all. A page asks `person_of(request)`, `demand(request, role,
account)`, `form_token(request)` and `read_form(request)`. `listen.py` says where the server listens
and what it is told.
"""
