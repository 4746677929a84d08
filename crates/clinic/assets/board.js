// Keeps a board or a public screen up to date. All HTML comes from the server that served the page,
// already escaped.

const byId = (id) => document.getElementById(id);
const acts = byId("acts");
const board = byId("board");
const age = byId("age");
const stale = byId("stale");
const line = byId("line");
const note = byId("note");
const found = byId("found");
const find = byId("find");
const box = byId("q");

// The server's clock counts: a board's own may be wrong.
let ahead = Number(age.dataset.now) - Date.now();
let asOf = age.dataset.asOf === "" ? null : Number(age.dataset.asOf);
let staleAfter = Number(age.dataset.stale);
let heardAt = Date.now();
let day = byId("day").textContent;

const SILENCE_MS = 9000;
const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tell() {
  const now = Date.now() + ahead;
  const old = asOf === null ? Infinity : Math.max(0, now - asOf);
  const isStale = old > staleAfter;
  const fill = (text) => text.replace("{at}", clock.format(asOf)).replace("{age}", Math.floor(old / 1000));
  setText(age, asOf === null ? age.dataset.never : fill(age.dataset.text));
  age.classList.toggle("is-stale", isStale);
  // It is an alert: it speaks when it appears, not every second.
  if (isStale && stale.hidden) {
    setText(stale, asOf === null ? age.dataset.never : age.dataset.staleText);
  }
  stale.hidden = !isStale;
  const isLost = Date.now() - heardAt > SILENCE_MS || source.readyState === EventSource.CLOSED;
  if (isLost && line.hidden) setText(line, line.dataset.lost);
  line.hidden = !isLost;
}

// What has the focus keeps it, whatever is replaced around it.
function keepingFocus(change) {
  const held = document.activeElement;
  const row = held?.closest?.(".person")?.id;
  const name = held?.name;
  const value = held?.value;
  change();
  if (!name || held.isConnected) return;
  const again = (row && byId(row)?.querySelector("button"))
    || [...acts.querySelectorAll("button")].find((b) => b.name === name && b.value === value);
  (again || box)?.focus({ preventScroll: true });
}

function heard(message) {
  heardAt = Date.now();
  ahead = message.now - heardAt;
  asOf = message.as_of;
  staleAfter = message.stale_ms;
  if (message.day !== day) {
    day = message.day;
    setText(byId("day"), day);
  }
  tell();
}

function patch(message) {
  for (const id of message.gone || []) byId(id)?.remove();
  for (const [id, html] of Object.entries(message.parts || {})) {
    const part = byId(id);
    if (part) part.innerHTML = html;
  }
  for (const row of message.rows || []) {
    byId(row.id)?.remove();
    const list = byId(row.in);
    if (!list) continue;
    const before = row.after && byId(row.after);
    if (before) before.insertAdjacentHTML("afterend", row.html);
    else list.insertAdjacentHTML("afterbegin", row.html);
    byId(row.id)?.classList.add("fresh");
  }
}

let source;
function connect() {
  source = new EventSource(acts.dataset.events);
  const on = (name, change) => source.addEventListener(name, (event) => {
    const message = JSON.parse(event.data);
    keepingFocus(() => change(message));
    heard(message);
  });
  on("full", (message) => { board.innerHTML = message.full; });
  on("patch", patch);
  on("beat", () => {});
  // A browser gives up when it is refused. Whoever is signed out is led to where they sign in; for
  // any other reason it is tried again.
  source.addEventListener("error", async () => {
    if (source.readyState !== EventSource.CLOSED) return;
    const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") location.reload();
    else setTimeout(connect, 2000);
  });
}
connect();
setInterval(tell, 1000);
tell();

function say(text, isGood) {
  note.className = isGood ? "note good" : "note bad";
  note.hidden = false;
  setText(note, text);
}

async function ask(address, options) {
  try {
    const answer = await fetch(address, { ...options, headers: { "x-povline-board": "1" } });
    if (answer.status === 401) {
      location.assign("/sign-in");
      return null;
    }
    const body = await answer.json();
    return { ok: answer.ok, html: body.html ?? body.message ?? "", ready: body.ready };
  } catch {
    setText(line, line.dataset.lost);
    line.hidden = false;
    return null;
  }
}

// The appointment whose number is taken if the same code is scanned once more.
let ready = null;

async function look() {
  const asked = box.value.trim();
  if (asked === "") {
    ready = null;
    found.replaceChildren();
    return;
  }
  if (ready && ready.asked === asked) {
    const { id } = ready;
    ready = null;
    await act("pick", id);
    return;
  }
  const query = new URLSearchParams({ q: asked, lang: acts.dataset.lang });
  const answer = await ask(`/find?${query}`);
  if (!answer || box.value.trim() !== asked) return;
  found.innerHTML = answer.html;
  note.hidden = true;
  ready = answer.ready ? { asked, id: answer.ready } : null;
  // The next scan replaces this one.
  box.select();
}

async function act(name, value) {
  const body = new URLSearchParams({ [name]: value });
  const answer = await ask(`/?lang=${acts.dataset.lang}`, { method: "POST", body });
  if (!answer) return;
  say(answer.html, answer.ok);
  if (answer.ok && (name === "pick" || name === "unpick")) {
    found.replaceChildren();
    ready = null;
    box.value = "";
    box.focus();
  }
}

find?.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});

if (find) {
  acts.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button?.name) act(button.name, button.value);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && (document.activeElement !== box || box.value === "")) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape") {
      box.value = "";
      found.replaceChildren();
      ready = null;
      box.focus();
    }
  });
}
