"""The one script of all pages: changed parts replace themselves, and ages grow.

Every page works without it. It draws nothing but what the server has escaped.
"""

SCRIPT = """
const root = document.documentElement;
const skew = Date.now() / 1000 - Number(document.body.dataset.now);
const size = (s) => s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min`
  : s < 172800 ? `${Math.floor(s / 3600)} h`
  : `${Math.floor(s / 86400).toLocaleString("en")} days`;
const age = () => {
  for (const time of document.querySelectorAll("time[data-at]")) {
    const past = Math.floor(Date.now() / 1000 - skew - Number(time.dataset.at));
    const passed = size(Math.max(past, 0));
    const words = time.dataset.way === "for" ? `for ${passed}` : past < -1 ? `in ${size(-past)}`
      : time.dataset.way === "due" ? "now" : `${passed} ago`;
    if (time.textContent !== words) time.textContent = words;
  }
};
setInterval(age, 5000);
const planOf = (part) => part.querySelector("input[name=plan]")?.value;
// A click that was meant for the plan before must not decide about this one.
const wait = (part) => {
  for (const button of part.querySelectorAll("form button")) {
    button.disabled = true;
    setTimeout(() => { button.disabled = false; }, 3000);
  }
};
const replace = (id, html) => {
  const old = document.getElementById(id);
  if (!old) return;
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  if (active?.matches("input, textarea, select")) {
    document.getElementById("changed").hidden = false;
    return;
  }
  const place = [...old.querySelectorAll("a, button, summary")].indexOf(active);
  const open = [...old.querySelectorAll("details")].map((part) => part.open);
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.firstElementChild;
  const parts = [...fresh.querySelectorAll("details")];
  if (parts.length === open.length) parts.forEach((part, n) => { part.open = open[n]; });
  fresh.classList.add("fresh");
  if (planOf(fresh) !== planOf(old)) wait(fresh);
  old.replaceWith(fresh);
  if (active) fresh.querySelectorAll("a, button, summary")[place]?.focus();
};
const events = document.body.dataset.events;
let source = null;
let seen = "";
const again = () => { if (source?.readyState === EventSource.CLOSED) follow(); };
const follow = () => {
  source?.close();
  source = null;
  // Browsers open few connections to a server, so tabs that nobody sees give theirs back.
  if (!events || document.hidden) return;
  source = new EventSource(events + seen);
  source.onopen = () => { root.dataset.link = "live"; };
  source.onerror = () => {
    root.dataset.link = "lost";
    // Browsers give up after an answer that is no stream, such as a proxy's 502.
    setTimeout(again, 5000 + Math.random() * 5000);
  };
  source.onmessage = (event) => {
    seen = `&at=${event.lastEventId}`;
    document.getElementById("done")?.remove();
    for (const [id, html] of Object.entries(JSON.parse(event.data))) replace(id, html);
    age();
  };
};
follow();
document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", () => source?.close());
if (location.search.includes("done=")) history.replaceState(null, "", location.pathname);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
for (const field of document.querySelectorAll("[data-submits]"))
  field.addEventListener("change", () => field.form.requestSubmit());
addEventListener("keydown", (event) => {
  const search = document.querySelector("input[type=search]");
  if (event.key !== "/" || !search || event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  search.focus();
});
"""
