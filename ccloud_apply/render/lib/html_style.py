"""The style that the HTML pages share, and their one script: a filter of servers."""

PAGE_STYLE = """
:root { --paper: #f6f7f9; --card: #fff; --ink: #1c2330; --dim: #5b6474; --line: #dde1e8;
  --amber: #8a5a00; --red: #b3261e; --blue: #2456b5; --green: #2a6f4e;
  --before: #fdecea; --after: #e6f4ea; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12151b; --card: #1a1f28; --ink: #e6e9ef; --dim: #9aa4b4; --line: #2d3442;
    --amber: #f0b74a; --red: #ff8a80; --blue: #8ab4ff; --green: #6fce97;
    --before: #3a2022; --after: #1b3326; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
header p { margin: .25rem 0 1rem; color: var(--dim); }
.totals { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; padding: 0; list-style: none; }
.totals li { min-width: 7rem; padding: .5rem .9rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; color: var(--dim); }
.totals strong { display: block; color: var(--ink); font-size: 1.5rem; line-height: 1.2; }
.totals .none strong { color: var(--dim); }
.filter { margin: 1.5rem 0 0; color: var(--dim); }
input { margin-left: .4rem; padding: .4rem .6rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--line); border-radius: .4rem; }
h2 { margin: 2rem 0 .75rem; font-size: 1.2rem; overflow-wrap: anywhere; }
small { color: var(--dim); font-size: .85rem; font-weight: 400; overflow-wrap: anywhere; }
.server { margin: 0 0 .75rem; background: var(--card); border: 1px solid var(--line);
  border-left: 4px solid var(--dim); border-radius: .5rem; overflow: hidden; }
.head, .server summary { display: flex; align-items: baseline; gap: .75rem;
  padding: .6rem .9rem; }
summary { cursor: pointer; }
.server summary::before { content: "\\25B8"; color: var(--dim); }
.server [open] > summary::before { content: "\\25BE"; }
h3 { flex: 1; min-width: 0; margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
.head span, .server summary span { color: var(--dim); font-size: .85rem; white-space: nowrap; }
.server details > :not(summary) { margin-left: .9rem; margin-right: .9rem; }
.server details > table { width: calc(100% - 1.8rem); }
table { width: 100%; table-layout: fixed; border-collapse: collapse; margin-bottom: .9rem; }
th, td { padding: .4rem .6rem; border-top: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
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
h4 { margin: 0 0 .25rem; color: var(--dim); font-size: .85rem; font-weight: 400; }
.tasks { margin-top: 0; margin-bottom: .9rem; padding-left: 1.5rem; overflow-wrap: anywhere; }
.calm { color: var(--green); }
.warning { margin: 0 0 .75rem; padding: .6rem .9rem; border: 1px dashed var(--amber);
  border-radius: .5rem; overflow-wrap: anywhere; }
.quiet { color: var(--dim); overflow-wrap: anywhere; }
.wide { padding: .5rem .9rem 0; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; }
[hidden] { display: none; }
@media (max-width: 36rem) { .totals li { flex: 1 1 40%; min-width: 0; } }
@media print { .filter { display: none; } .server { break-inside: avoid; } }
"""

FILTER_SCRIPT = """
const filter = document.querySelector(".filter");
const input = filter.querySelector("input");
const servers = document.querySelectorAll(".server");
filter.hidden = servers.length < 2;
input.addEventListener("input", () => {
  const wanted = input.value.trim().toLowerCase();
  for (const server of servers)
    server.hidden = !server.textContent.toLowerCase().includes(wanted);
});
"""
