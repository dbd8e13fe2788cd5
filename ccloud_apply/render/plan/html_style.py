"""What the plan page adds to the style of all pages."""

PLAN_STYLE = """
header.stopped h1 { color: var(--red); }
header.calm h1 { color: var(--green); }
.totals .create strong { color: var(--green); }
.totals .update strong, .totals .adopt strong { color: var(--blue); }
.totals .replace strong, .totals .reinstall strong, .totals .destroy strong,
.totals .destroys-data strong {
  color: var(--red); }
.totals .not-compared strong, .totals .retire strong, .totals .deferred strong {
  color: var(--amber); }
.totals .restore strong { color: var(--green); }
.totals li.none strong { color: var(--dim); }
.server.create { border-left-color: var(--green); }
.server.update, .server.adopt, .server.release { border-left-color: var(--blue); }
.server.not_compared, .server.retire { border-left-color: var(--amber); }
.server.restore { border-left-color: var(--green); }
.server.deferred, .server.retired { border-left-style: dashed; }
.server.retire summary span { color: var(--amber); }
.server.replace, .server.reinstall, .server.destroy { border-left-color: var(--red); }
.server.replace summary span, .server.reinstall summary span, .server.destroy span {
  color: var(--red); }
.held, .danger, .caution { margin: 0 0 .75rem; padding: .6rem .9rem; border: 1px solid var(--red);
  border-left-width: 4px; border-radius: .5rem; overflow-wrap: anywhere; }
.held strong, .danger strong { color: var(--red); }
.caution { border-color: var(--amber); }
.caution strong { color: var(--amber); }
.held p { margin: .25rem 0 0; }
.cost { color: var(--dim); }
.note { color: var(--dim); }
.forces { color: var(--red); }
.names { margin-bottom: .9rem; }
.steps { margin: 0 0 .9rem; padding-left: 1.75rem; overflow-wrap: anywhere; }
.steps code { font-family: ui-monospace, Consolas, monospace; font-size: .85rem;
  color: var(--dim); }
@media (max-width: 36rem) {
  td.before::before { content: "live"; }
  td.after::before { content: "after apply"; }
}
"""
