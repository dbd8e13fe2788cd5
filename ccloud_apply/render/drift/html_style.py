"""What the drift page adds to the style of all pages."""

DRIFT_STYLE = """
header.drift h1 { color: var(--amber); }
header.calm h1 { color: var(--green); }
.totals .drifted strong { color: var(--amber); }
.totals .missing strong { color: var(--red); }
.totals .extra strong { color: var(--blue); }
.totals .not-compared strong { color: var(--amber); }
.totals .retired strong { color: var(--dim); }
.totals li.none strong { color: var(--dim); }
.server.not-compared, .server.unknown { border-left-color: var(--amber); }
.server.drifted { border-left-color: var(--amber); }
.server.missing { border-left-color: var(--red); }
.server.retired { border-left-color: var(--dim); }
.server.extra { border-left-color: var(--blue); }
"""
