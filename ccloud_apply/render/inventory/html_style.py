"""What the inventory's page adds to the style of all pages, and its own script: sort and filter."""

INVENTORY_STYLE = """
body { max-width: 110rem; }
.facts { margin-top: .5rem; }
.wide { margin-top: 1rem; padding: 0; overflow-x: auto; }
table { margin: 0; table-layout: auto; }
thead th, thead th:first-child { width: auto; padding: .5rem .6rem; white-space: nowrap; }
thead button { padding: 0; border: 0; background: none; color: inherit; font: inherit;
  cursor: pointer; }
thead button::after { content: " \\2195"; opacity: .45; }
[aria-sort="ascending"] button::after { content: " \\2191"; opacity: 1; }
[aria-sort="descending"] button::after { content: " \\2193"; opacity: 1; }
tbody th { overflow-wrap: anywhere; min-width: 7rem; }
tbody th small, td small { display: block; font-family: system-ui, sans-serif; }
td { font-family: inherit; font-size: .9rem; overflow-wrap: normal; }
td.address { font-family: ui-monospace, Consolas, monospace; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.tags { overflow-wrap: anywhere; min-width: 6rem; }
td.made { min-width: 8rem; }
td.status { min-width: 8rem; }
td.made small, td.status small { overflow-wrap: anywhere; }
td .quiet { overflow-wrap: normal; white-space: nowrap; }
.badge { display: inline-block; padding: 0 .5rem; border: 1px solid currentColor;
  border-radius: 1rem; color: var(--dim); font-size: .8rem; white-space: nowrap; }
.badge.declared { color: var(--green); }
.badge.undeclared { color: var(--amber); }
.badge.missing { color: var(--red); }
.badge.other-stack { color: var(--blue); }
.totals .missing strong { color: var(--red); }
.totals .undeclared strong { color: var(--amber); }
.totals li.none strong { color: var(--dim); }
@media (max-width: 90rem) {
  thead th, thead th:first-child, tbody th, td { padding-left: .35rem; padding-right: .35rem; } }
@media (max-width: 44rem) {
  thead { display: none; }
  tbody tr { display: grid; grid-template-columns: 1fr 1fr; gap: .35rem .8rem; padding: .7rem .8rem;
    border-top: 1px solid var(--line); }
  tbody tr[hidden], td:empty { display: none; }
  tbody th, tbody td { padding: 0; border: 0; min-width: 0; overflow-wrap: anywhere; }
  tbody th, td.address, td.tags, td.status { grid-column: 1 / -1; }
  tbody th { order: -2; font-size: 1.05rem; }
  td.status { order: -1; }
  td.status small { display: inline-block; margin-left: .5rem; }
  td.number { text-align: left; }
  td:not(.status)::before { content: attr(data-name); display: block; color: var(--dim);
    font: .75rem system-ui, sans-serif; } }
@media print { .wide { overflow: visible; } thead button::after { content: ""; } }
"""

SORT_SCRIPT = """
const filter = document.querySelector(".filter");
const input = filter.querySelector("input");
const shown = filter.querySelector("output");
const body = document.querySelector("tbody");
const rows = body ? [...body.rows] : [];
filter.hidden = rows.length < 2;
input.addEventListener("input", () => {
  const words = input.value.toLowerCase().split(" ").filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) count += 1;
  }
  shown.value = words.length ? `${count} of ${rows.length} shown` : "";
});
const order = new Intl.Collator("en", { numeric: true });
const valueOf = (row, place) => {
  const cell = row.cells[place];
  return cell.dataset.sort ?? cell.textContent;
};
const heads = rows.length > 1 ? [...document.querySelectorAll("thead th")] : [];
heads.forEach((head, place) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  head.replaceChildren(button);
  head.setAttribute("aria-sort", "none");
  button.addEventListener("click", () => {
    const isUp = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    rows.sort((one, two) => {
      const [a, b] = [valueOf(one, place), valueOf(two, place)];
      if (!a || !b) return a ? -1 : b ? 1 : 0;
      return isUp ? order.compare(a, b) : order.compare(b, a);
    });
    body.append(...rows);
  });
});
"""
"""Rows without a value stand last, whichever way they are sorted."""
