"""The style of all pages: that of the plan's and the drift's pages, and what is the fleet's own.

Light and dark follow the reader's system; a telephone gets one card for each row.
"""

from ccloud_apply.render.drift.html_style import DRIFT_STYLE
from ccloud_apply.render.lib.html_style import PAGE_STYLE
from ccloud_apply.render.plan.html_document import PLAN_PART_STYLE

_COLOURS = """
:root { --hover: #eef1f6; --tint: #e9eef8; --grey: #6b7482; --violet: #6b3fa0; }
@media screen and (prefers-color-scheme: dark) {
  :root { --hover: #212835; --tint: #1e2a40; --grey: #8b95a5; --violet: #c3a1f0; } }
"""

_FRAME = """
body { max-width: none; padding: 0; font-size: .9375rem; }
main, .bar, .notice, footer { max-width: 88rem; margin: 0 auto; padding: 0 1.5rem; }
main { padding-top: 1.5rem; padding-bottom: 3rem; }
footer { padding-bottom: 2rem; font-size: .8rem; }
a { color: var(--blue); text-decoration: none; }
a:hover { text-decoration: underline; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; padding: .3rem .6rem; background: var(--card); z-index: 2; }
.bar { display: flex; align-items: center; gap: 1.5rem; min-height: 3.25rem;
  box-shadow: 0 1px var(--line); clip-path: inset(0 -100vmax -1px); background: var(--card);
  box-shadow: 0 0 0 100vmax var(--card), 0 1px 0 100vmax var(--line); }
.mark { color: var(--ink); font-weight: 600; letter-spacing: -.01em; white-space: nowrap; }
.mark span { color: var(--dim); font-weight: 400; }
.mark:hover { text-decoration: none; }
.bar nav { display: flex; flex: 1; gap: .25rem; overflow-x: auto; }
.bar nav a { padding: .3rem .7rem; border-radius: .4rem; color: var(--dim); white-space: nowrap; }
.bar nav a:hover { background: var(--hover); text-decoration: none; }
.bar nav a[aria-current] { background: var(--tint); color: var(--ink); font-weight: 500; }
.count { padding: 0 .4rem; border-radius: 1rem; background: var(--red); color: var(--card);
  font-size: .75rem; }
.link { width: .5rem; height: .5rem; border-radius: 50%; background: transparent; }
[data-link="live"] .link { background: var(--green); }
[data-link="lost"] .link { background: var(--amber); }
.person { display: flex; align-items: center; gap: .75rem; color: var(--dim); font-size: .85rem;
  white-space: nowrap; }
.notice { margin: 1rem auto 0; color: var(--amber); }
h1 { margin-bottom: .75rem; font-size: 1.5rem; letter-spacing: -.015em; }
h2 { margin: 2.25rem 0 .75rem; font-size: 1.1rem; }
.lead { margin: -.5rem 0 1.25rem; color: var(--dim); }
.trail { margin: 0 0 .35rem; color: var(--dim); font-size: .85rem; }
code { font-size: .9em; }
"""

_CONTROLS = """
button, .button { padding: .4rem .9rem; border: 1px solid var(--line); border-radius: .4rem;
  background: var(--card); color: var(--ink); font: inherit; font-size: .875rem; cursor: pointer; }
button:hover, .button:hover { background: var(--hover); text-decoration: none; }
button.main { border-color: var(--blue); background: var(--blue); color: var(--paper);
  font-weight: 500; }
button.main:hover { filter: brightness(1.1); }
button.danger { border-color: var(--red); color: var(--red); }
input, select { padding: .4rem .6rem; border: 1px solid var(--line); border-radius: .4rem;
  background: var(--card); color: var(--ink); font: inherit; font-size: .875rem; }
input::placeholder { color: var(--grey); }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: 0 0 1rem; }
.tools input[type=search] { flex: 1 1 18rem; min-width: 0; }
.chosen { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 1rem; }
.chip { display: inline-block; max-width: 100%; padding: 0 .5rem; border: 1px solid var(--line);
  border-radius: 1rem; background: var(--card); color: var(--dim); font-size: .8rem;
  line-height: 1.5; }
a.chip:hover { background: var(--hover); text-decoration: none; }
.choices { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 1rem; }
.choices .chip { padding: .15rem .7rem; }
.choices [aria-current] { border-color: var(--blue); background: var(--tint); color: var(--ink); }
.chosen .chip { background: var(--tint); color: var(--ink); }
.chosen .chip::after { content: " \\00d7"; color: var(--dim); }
"""

_CARD = """
.card { max-width: 25rem; margin: 12vh auto; padding: 2rem; border: 1px solid var(--line);
  border-radius: .75rem; background: var(--card); }
.card .mark { margin: 0 0 1.5rem; }
.card h1 { margin: 0 0 1rem; font-size: 1.25rem; overflow-wrap: anywhere; }
.card form { display: grid; gap: .5rem; margin-top: 1rem; }
.card label { color: var(--dim); font-size: .85rem; }
.card button { margin-top: .5rem; }
.card a.main { display: block; border-color: var(--blue); background: var(--blue);
  color: var(--paper); font-weight: 500; text-align: center; }
.card .is-wrong { color: var(--red); }
@media (max-width: 30rem) { .card { margin: 0; border: 0; border-radius: 0; } }
"""

_SIGNS = (
    ("", "25cb", "grey"),
    (".is-clean, .is-applied, .is-done", "25cf", "green"),
    (".is-drift", "25b2", "amber"),
    (".is-proposed", "25c6", "blue"),
    (".is-held", "25a0", "violet"),
    (".is-failing, .is-failed", "2715", "red"),
    (".is-stale, .is-lost", "25d1", "amber"),
    (".is-paused", "2016", "grey"),
    (".is-running", "25d4", "blue"),
)
"""Kinds of words, the sign before each, and its colour."""


def _sign_rule(kinds: str, sign: str, colour: str) -> str:
    places = ", ".join(f".word{kind.strip()}::before" for kind in kinds.split(","))
    # The second one has no words for who hears the page; older browsers know the first alone.
    told = f'content: "\\{sign}"; content: "\\{sign}" / ""'
    return f"{places} {{ color: var(--{colour}); {told}; }}\n"


_STATES = """
.filters { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 1.25rem; padding: 0;
  list-style: none; }
.filters a { display: block; min-width: 5.75rem; padding: .5rem .85rem; border: 1px solid
  var(--line); border-radius: .5rem; background: var(--card); color: var(--dim); }
.filters a:hover { border-color: var(--grey); text-decoration: none; }
.filters a[aria-current] { border-color: var(--blue); box-shadow: inset 0 0 0 1px var(--blue); }
.filters strong { display: block; color: var(--ink); font-size: 1.35rem; line-height: 1.25;
  font-variant-numeric: tabular-nums; }
.filters .none strong { color: var(--grey); font-weight: 400; }
.filters .none .word.word, .filters .none .word.word::before { color: var(--dim); }
.word { white-space: nowrap; }
.word::before { display: inline-block; width: 1.1em; color: var(--grey); }
.word.is-failing, .word.is-failed { color: var(--red); }
.word.is-stale { color: var(--amber); }
"""

_TABLES = """
.rows { border: 1px solid var(--line); border-radius: .5rem; background: var(--card);
  overflow-x: auto; }
.rows table { margin: 0; table-layout: auto; }
.rows th, .rows td { padding: .55rem .75rem; }
.rows thead th, .rows thead th:first-child { width: auto; padding: .5rem .75rem;
  white-space: nowrap; }
.rows thead a { color: inherit; }
.rows thead [aria-sort] a { color: var(--ink); }
.rows thead [aria-sort="ascending"] a::after { content: " \\2191"; }
.rows thead [aria-sort="descending"] a::after { content: " \\2193"; }
.rows tbody tr:first-child > * { border-top: 1px solid var(--line); }
.rows tbody tr:hover { background: var(--hover); }
.rows td { font-family: inherit; font-size: .9rem; overflow-wrap: normal; }
.rows tbody th { min-width: 11rem; }
.rows small { display: block; overflow-wrap: anywhere; }
.rows td.first { min-width: 11rem; }
.rows td a:not(.chip) { white-space: nowrap; }
.rows time, .rows td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.rows td.number { text-align: right; }
.chips { display: flex; flex-wrap: wrap; gap: .25rem; }
tr.fresh > *, .fresh .heading .word { animation: fresh 2.5s; }
@keyframes fresh { from { background: var(--tint); } }
@media (prefers-reduced-motion: reduce) { .fresh * { animation: none; } }
.empty { padding: 2.5rem 1.5rem; color: var(--dim); text-align: center; }
.pages { display: flex; align-items: center; gap: 1rem; margin: .9rem 0 0; color: var(--dim); }
.pages span { flex: 1; }
"""

_STACK = """
.heading { margin-bottom: .9rem; }
.heading h1 { margin: 0; }
.heading { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; }
.heading .word { font-size: 1rem; }
.actions { display: flex; flex-wrap: wrap; align-items: flex-start; gap: .5rem;
  margin: 0 0 1.25rem; }
.actions > details { padding: 0; }
.actions > details > summary { display: inline-block; padding: .4rem .9rem; border: 1px solid
  var(--line); border-radius: .4rem; background: var(--card); font-size: .875rem; }
.actions > details > summary::-webkit-details-marker { display: none; }
.actions > details[open] { flex-basis: 100%; }
.fields { display: flex; flex-wrap: wrap; align-items: end; gap: .75rem; margin: .6rem 0 0; }
.fields label { color: var(--dim); font-size: .8rem; }
.fields label > input, .fields label > select { display: block; margin-top: .15rem; }
.fields .long { flex: 1 1 18rem; }
.fields .long > input { width: 100%; }
.box { margin: 0 0 1rem; padding: .9rem 1.1rem; border: 1px solid var(--line);
  border-left: 4px solid var(--grey); border-radius: .5rem; background: var(--card); }
.box p { margin: 0 0 .5rem; }
.box p:last-child { margin-bottom: 0; }
.box .actions { margin: .75rem 0 0; }
.box.is-proposed { border-left-color: var(--blue); }
.box.is-held { border-left-color: var(--violet); }
.box.is-failing { border-left-color: var(--red); }
.box.is-stale { border-left-color: var(--amber); }
.box.is-done { border-left-color: var(--green); }
.box h2 { margin: 0 0 .35rem; }
.document { margin-top: 1rem; }
.document > p { margin: .25rem 0 1rem; color: var(--dim); }
.document h2 { font-size: 1rem; }
.file { margin: 0; padding: .9rem 1.1rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--card); overflow-x: auto; white-space: pre; overflow-wrap: normal;
  line-height: 1.5; }
.facts { grid-template-columns: max-content 1fr max-content 1fr; }
.folding > summary { margin: 2.25rem 0 .75rem; font-size: 1.1rem; font-weight: 600; }
"""

_NARROW = """
@media (max-width: 76rem) { .rows tr > .wide-only.wide-only.wide-only { display: none; } }
@media (max-width: 60rem) { .facts { grid-template-columns: max-content 1fr; } }
@media (max-width: 44rem) {
  main, .bar, .notice, footer { padding-left: .9rem; padding-right: .9rem; }
  .bar { flex-wrap: wrap; gap: .25rem .9rem; padding-top: .5rem; padding-bottom: .5rem; }
  .bar nav { order: 9; flex: 1 1 100%; margin: 0 -.4rem; }
  .mark { flex: 1; }
  .filters { flex-wrap: nowrap; margin-right: -.9rem; overflow-x: auto; padding: 1px; }
  .filters a { min-width: 4.5rem; white-space: nowrap; }
  .rows { border: 0; background: none; overflow: visible; }
  .rows thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  .rows table, .rows tbody { display: block; }
  .rows tbody tr { display: block; margin: 0 0 .5rem; padding: .7rem .9rem;
    border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
  .rows tbody tr > *, .rows tbody tr:first-child > * { display: block; width: auto;
    min-width: 0; margin: 0 0 .15rem; padding: 0; border: 0; }
  .rows tbody th { font-size: 1rem; }
  .rows td.first { margin-bottom: .35rem; }
  .rows td:not(.first) { color: var(--dim); font-size: .85rem; }
  .rows .tight td:not(.first) { display: inline; margin-right: .6rem; }
  .rows td:not(.first)::before { content: attr(data-name) ": "; display: inline;
    font: inherit; }
  .rows td.first::before { display: none; }
  .rows td:not(.first) small { display: inline; }
  .rows td .chips { display: inline-flex; }
  .rows td.number { text-align: left; }
  .rows td:empty, .rows td .never { display: none !important; }
  .facts div { display: flex; gap: .6rem; margin-bottom: .1rem; }
  .facts dt { flex: 0 0 5.5rem; }
  .tools > * { flex: 1 1 40%; min-width: 0; }
  .tools input[type=search] { flex-basis: 100%; }
}
@media print { .bar, .tools, .actions, .pages a { display: none; } }
"""

STYLE = (
    PAGE_STYLE
    + PLAN_PART_STYLE
    + DRIFT_STYLE
    + _COLOURS
    + _FRAME
    + _CONTROLS
    + _CARD
    + _STATES
    + "".join(_sign_rule(*sign) for sign in _SIGNS)
    + _TABLES
    + _STACK
    + _NARROW
)
