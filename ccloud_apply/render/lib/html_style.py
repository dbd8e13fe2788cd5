"""The style that the HTML pages share, and their one script: a filter of servers."""

PAGE_STYLE = """
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #1c2330; --dim: #555e6d;
  --line: #dde1e8; --amber: #8a5a00; --red: #b3261e; --blue: #2456b5; --green: #2a6f4e;
  --before: #fdecea; --after: #e6f4ea; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #12151b; --card: #1a1f28; --ink: #e6e9ef; --dim: #a3adbc; --line: #2d3442;
    --amber: #f0b74a; --red: #ff8a80; --blue: #8ab4ff; --green: #6fce97;
    --before: #3a2022; --after: #1b3326; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
header p { margin: .25rem 0 1rem; color: var(--dim); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem;
  margin: 0 0 1rem; font-size: .875rem; }
.facts div { display: contents; }
dt { color: var(--dim); }
dd { margin: 0; min-width: 0; }
code { font-family: ui-monospace, Consolas, monospace; font-size: .95em; }
.totals { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 1rem; padding: 0;
  list-style: none; }
.totals li { min-width: 7rem; padding: .5rem .9rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; color: var(--dim); }
.totals strong { display: block; color: var(--ink); font-size: 1.5rem; line-height: 1.2; }
.totals .none strong { color: var(--dim); }
.filter { margin: 1.5rem 0 0; color: var(--dim); }
input { max-width: 100%; padding: .4rem .6rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--dim); border-radius: .4rem; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.35rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; }
small { color: var(--dim); font-size: .85rem; font-weight: 400; }
.server { margin: 0 0 .75rem; background: var(--card); border: 1px solid var(--line);
  border-left: 4px solid var(--dim); border-radius: .5rem; overflow: hidden; }
.head, .server > details > summary { display: flex; align-items: baseline; gap: .75rem;
  padding: .6rem .9rem; }
summary { cursor: pointer; }
.server > details > summary { list-style: none; outline-offset: -2px; }
.server > details > summary::-webkit-details-marker { display: none; }
.server > details > summary::before { content: "\\25B8"; color: var(--dim); }
.server > [open] > summary::before { content: "\\25BE"; }
h4 { flex: 1; min-width: 0; margin: 0; font-size: 1rem; }
.head span, .server > details > summary span { color: var(--dim); font-size: .85rem;
  white-space: nowrap; }
.server > details > :not(summary) { margin-left: .9rem; margin-right: .9rem; }
.server > details > table { width: calc(100% - 1.8rem); }
table { width: 100%; table-layout: fixed; border-collapse: collapse; margin-bottom: .9rem; }
th, td { padding: .4rem .6rem; border-top: 1px solid var(--line); text-align: left;
  vertical-align: top; }
thead th { border-top: 0; color: var(--dim); font-size: .85rem; font-weight: 400; }
thead th:first-child { width: 26%; }
tbody th { font-weight: 500; }
td, pre, .tasks { font-family: ui-monospace, Consolas, monospace; font-size: .875rem; }
td.before { background: var(--before); }
td.after { background: var(--after); }
pre { margin: 0; white-space: pre-wrap; }
pre > * { display: inline-block; width: 100%; text-decoration: none; }
del { background: var(--before); }
ins { background: var(--after); }
h5 { margin: 0 0 .25rem; color: var(--dim); font-size: .85rem; font-weight: 400; }
.tasks { margin-top: 0; margin-bottom: .9rem; padding-left: 1.5rem; }
.calm { color: var(--green); }
.warning { margin: 0 0 .75rem; padding: .6rem .9rem; border: 1px dashed var(--amber);
  border-radius: .5rem; }
.quiet { color: var(--dim); }
.wide { padding: .5rem .9rem 0; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; }
[hidden] { display: none !important; }
@media (max-width: 36rem) {
  body { padding: 1rem .75rem 3rem; }
  .facts { display: block; }
  .facts div { display: block; margin-bottom: .4rem; }
  .totals li { flex: 1 1 40%; min-width: 0; }
  input { display: block; width: 100%; }
  .head, .server > details > summary { flex-wrap: wrap; gap: .1rem .6rem; }
  .head h4, .server > details > summary h4 { flex: 1 1 80%; }
  .head span, .server > details > summary span { display: none; }
  table, tbody, tr, tbody th, td { display: block; width: 100%; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  tr { padding: .4rem 0; border-top: 1px solid var(--line); }
  tbody tr:first-child { border-top: 0; }
  th, td { border-top: 0; padding: .2rem .6rem; }
  td::before { content: attr(data-name); display: block; color: var(--dim);
    font: .8rem system-ui, sans-serif; }
  td:empty { display: none; }
  tr:has(> td:only-of-type:not([colspan], [data-name])) { display: grid; padding: 0;
    grid-template-columns: 1fr 1.3fr; }
  td:only-of-type:not([colspan], [data-name])::before { display: none; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --dim: #444;
    --line: #999; --amber: #704900; --red: #a01b14; --blue: #1b4592; --green: #1d5a3d;
    --before: #fdecea; --after: #e6f4ea; }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  .filter { display: none; }
  .server, .totals li, .warning, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  details::details-content { display: block; content-visibility: visible; }
}
"""

FILTER_SCRIPT = """
const filter = document.querySelector(".filter");
const input = filter.querySelector("input");
const servers = document.querySelectorAll(".server");
filter.hidden = servers.length < 2;
input.addEventListener("input", () => {
  const wanted = input.value.trim().toLowerCase();
  let shown = 0;
  for (const server of servers) {
    server.hidden = !server.textContent.toLowerCase().includes(wanted);
    shown += server.hidden ? 0 : 1;
  }
  for (const group of document.querySelectorAll(".group"))
    group.hidden = !group.querySelector(".server:not([hidden])");
  filter.querySelector("output").value = wanted ? `${shown} of ${servers.length} shown` : "";
});
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const part of closed) part.open = true;
});
addEventListener("afterprint", () => { for (const part of closed) part.open = false; });
"""
