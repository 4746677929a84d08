// Keeps a board or a public screen up to date. All HTML comes from the server that served the page,
// already escaped.

const byId = (id) => document.getElementById(id);
const acts = byId("acts");
const board = byId("board");
const age = byId("age");
const stale = byId("stale");
const line = byId("line");
const head = document.querySelector(".head");
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

// When the connection broke, as far as the browser noticed.
let brokenAt = null;

const SILENCE_MS = 9000;
const BROKEN_MS = 2000;
const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

const dayOf = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit",
});

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// `12 s`, `5 min`, `3 h`, `2 d`, in the reader's words.
function span(millis) {
  const seconds = Math.floor(millis / 1000);
  const [number, unit] = seconds < 120 ? [seconds, 0]
    : seconds < 7200 ? [seconds / 60, 1]
    : seconds < 172800 ? [seconds / 3600, 2] : [seconds / 86400, 3];
  return `${Math.floor(number)} ${age.dataset.units.split("|")[unit]}`;
}

// Says how old a list is, and warns when it is too old to be relied on.
function tellAge(said, warning, readAt, staleMs) {
  const now = Date.now() + ahead;
  const old = readAt === null ? Infinity : Math.max(0, now - readAt);
  const isStale = old > staleMs;
  if (readAt === null) {
    setText(said, age.dataset.never);
  } else {
    const isOfToday = dayOf.format(readAt) === dayOf.format(now);
    const at = (isOfToday ? "" : `${dayOf.format(readAt).slice(5)} `) + clock.format(readAt);
    setText(said, age.dataset.text.replace("{at}", at).replace("{age}", span(old)));
  }
  said.classList.toggle("is-stale", isStale);
  // It is an alert: it speaks when it appears, not every second.
  if (isStale && warning.hidden) setText(warning, warning.dataset.text);
  warning.hidden = !isStale;
}

// The period that it is now, wherever it stands.
function markPeriod() {
  const time = clock.format(Date.now() + ahead).slice(0, 5);
  for (const part of board.querySelectorAll("[data-period]")) {
    const [begin, end] = part.dataset.period.split("-");
    part.classList.toggle("is-now", begin <= time && time < end);
  }
}

function tell() {
  tellAge(age, stale, asOf, staleAfter);
  const next = byId("tomorrow-age");
  if (next) {
    const readAt = next.dataset.asOf === "" ? null : Number(next.dataset.asOf);
    tellAge(next, byId("tomorrow-stale"), readAt, Number(age.dataset.staleOthers));
  }
  markPeriod();
  document.documentElement.style.setProperty("--head", `${head.offsetHeight}px`);
  const isLost = Date.now() - heardAt > SILENCE_MS
    || (brokenAt !== null && Date.now() - brokenAt > BROKEN_MS);
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
  // A button that has turned into its opposite, because somebody else took the number, is another.
  const again = (row && byId(row)?.querySelector(`button[name="${name}"]`))
    || [...acts.querySelectorAll("button")].find((b) => b.name === name && b.value === value);
  if (again) again.focus({ preventScroll: true });
  else if (box) fallToBox();
}

function heard(message) {
  heardAt = Date.now();
  brokenAt = null;
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

// A button that is replaced while it is held down is not pressed, and nobody is told: what comes
// meanwhile waits until it is let go. Some never hear of that, so the wait has an end.
const HELD_DOWN_MS_MAX = 1000;
let isHeldDown = false;
const waiting = [];

function letGo() {
  isHeldDown = false;
  while (waiting.length > 0) keepingFocus(waiting.shift());
}

addEventListener("pointerdown", () => {
  isHeldDown = true;
  setTimeout(letGo, HELD_DOWN_MS_MAX);
}, { capture: true, passive: true });
for (const name of ["pointerup", "pointercancel"]) {
  // The click comes after it.
  addEventListener(name, () => setTimeout(letGo), { capture: true, passive: true });
}

let source;
function connect() {
  source = new EventSource(acts.dataset.events);
  const on = (name, change) => source.addEventListener(name, (event) => {
    const message = JSON.parse(event.data);
    if (isHeldDown) waiting.push(() => change(message));
    else keepingFocus(() => change(message));
    heard(message);
  });
  on("full", (message) => { board.innerHTML = message.full; });
  on("patch", patch);
  on("beat", () => {});
  // A browser gives up when it is refused. Whoever is signed out is led to where they sign in; for
  // any other reason it is tried again.
  source.addEventListener("error", async () => {
    brokenAt ??= Date.now();
    if (source.readyState !== EventSource.CLOSED) return;
    const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") location.reload();
    else setTimeout(connect, 2000);
  });
}
connect();
setInterval(tell, 1000);
tell();

// What came of the deeds of one burst of scans, so that none hides the others.
let said = [];
// What went well is old news soon; what did not stays until the next deed.
const GOOD_NEWS_MS = 20_000;
let hushing;

function say(text, isGood) {
  said.push({ text, isGood });
  note.className = said.every((one) => one.isGood) ? "note good" : "note bad";
  note.hidden = false;
  setText(note, said.map((one) => one.text).join(" · "));
  clearTimeout(hushing);
  if (said.every((one) => one.isGood)) hushing = setTimeout(hush, GOOD_NEWS_MS);
}

function hush() {
  clearTimeout(hushing);
  said = [];
  note.hidden = true;
}

const ANSWER_MS_MAX = 10_000;

async function ask(address, options) {
  try {
    const answer = await fetch(address, {
      ...options, headers: { "x-povline-board": "1" }, signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
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

// A scanner does not wait for answers. Every scan is looked up by itself, one after the other.
const SCANS_MAX = 20;
const scans = [];
let isLooking = false;
// Whether the box holds the beginning of a scan that has not ended yet.
let isTyping = false;
// The appointment whose number is taken if the same code is scanned once more.
let ready = null;
// An input method makes something else of a scan: letters become a word, a digit chooses one, and the
// Enter is swallowed. What the keys say is kept beside it; null if more was done than pressing letters
// and digits, so that they say nothing.
let keys = "";
// Whether the Enter came that ends a scan within an input method's word.
let isEntered = false;
// How often everything was forgotten: what was asked for before that is not shown any more.
let forgotten = 0;
// How often the box was left: what was asked for before that is shown, and nobody's number is taken
// by it.
let left = 0;

async function scanned(scan) {
  if (scan.asked === "") {
    forget();
    return;
  }
  if (scans.length >= SCANS_MAX) {
    say(box.dataset.missed.replace("{code}", scan.asked), false);
    return;
  }
  scans.push(scan);
  if (isLooking) return;
  isLooking = true;
  hush();
  found.replaceChildren();
  while (scans.length > 0) await look(scans.shift());
  isLooking = false;
}

// What looks alike is alike.
function normal(text) {
  return text.normalize("NFKC").replace(/[\s\-\u200b\ufeff]/g, "").toUpperCase();
}

async function look({ asked, pressed, leftBefore }) {
  const meant = normal(pressed || asked);
  const { id } = ready?.meant === meant ? ready : {};
  ready = null;
  if (id) {
    await act("pick", id);
    return;
  }
  const before = forgotten;
  const query = new URLSearchParams({ q: asked, lang: acts.dataset.lang });
  if (pressed && meant !== normal(asked)) query.set("keys", pressed);
  const answer = await ask(`/find?${query}`);
  if (forgotten !== before) return;
  if (!answer?.ok) {
    say(answer?.html || box.dataset.missed.replace("{code}", asked), false);
    return;
  }
  // Those of one burst stand below each other.
  found.insertAdjacentHTML("beforeend", answer.html);
  ready = answer.ready && left === leftBefore ? { meant, id: answer.ready } : null;
}

async function act(name, value) {
  const body = new URLSearchParams({ [name]: value });
  const answer = await ask(`/?lang=${acts.dataset.lang}`, { method: "POST", body });
  if (!answer) {
    say(acts.dataset.undone, false);
    return;
  }
  say(answer.html, answer.ok);
  if (answer.ok && (name === "pick" || name === "unpick")) {
    found.replaceChildren();
    ready = null;
    // What is being typed meanwhile is the next scan.
    const here = document.activeElement;
    const isLeft = here === document.body || (here.name === name && here.value === value);
    if (isLeft) fallToBox();
    else if (here === box && !isTyping) box.value = "";
  }
}

function empty() {
  box.value = "";
  isTyping = false;
  keys = "";
}

// The focus comes to the box by itself. An Enter that follows was meant for where it was before: it
// finds nothing to look up, and takes nobody's number.
function fallToBox() {
  ready = null;
  empty();
  box.focus({ preventScroll: true });
}

function forget() {
  forgotten += 1;
  scans.length = 0;
  ready = null;
  found.replaceChildren();
}

function submitted() {
  isTyping = false;
  const pressed = keys || "";
  const asked = box.value.trim() || pressed;
  keys = "";
  // The next scan replaces this one, whether or not this one is answered yet.
  box.select();
  scanned({ asked, pressed, leftBefore: left });
}

// Keys that neither type nor undo anything.
const QUIET = /^(Shift|Control|Alt|Meta|CapsLock|NumLock|Tab|Lang|Convert|NonConvert|KanaMode|F\d)/;

// Keeps what a key says by its place on the keyboard: that, no input method changes.
function press(event) {
  const { code, shiftKey } = event;
  if (code === "Enter" || code === "NumpadEnter" || QUIET.test(code)) return;
  const [, letter, digit, pad] = /^Key([A-Z])$|^Digit(\d)$|^Numpad(\d)$/.exec(code) ?? [];
  const minus = /^(Minus|NumpadSubtract)$/.test(code) ? "-" : undefined;
  const said = letter ?? pad ?? (shiftKey ? undefined : digit ?? minus);
  const isWhole = box.value === "" || (box.selectionStart === 0 && box.selectionEnd === box.value.length);
  const isChord = event.ctrlKey || event.altKey || event.metaKey;
  if (said === undefined || isChord || (keys === "" && !isWhole)) keys = null;
  else if (keys !== null) keys += said;
}

// Scanners that hand over whole lines: each line is a scan.
function lines(event, text) {
  const parts = (text ?? "").split(/[\r\n]+/);
  if (parts.length < 2) return;
  event.preventDefault();
  const rest = parts.pop();
  parts.forEach((part, at) => {
    keys = null;
    box.value = at === 0 && isTyping ? box.value + part : part;
    submitted();
  });
  if (rest !== "") {
    box.value = rest;
    isTyping = true;
  }
}

if (find) {
  find.addEventListener("submit", (event) => {
    event.preventDefault();
    submitted();
  });
  // The same code twice takes a number, and a double click is not twice.
  find.addEventListener("click", (event) => {
    if (event.detail > 1) event.preventDefault();
  });
  box.addEventListener("input", (event) => {
    isTyping = true;
    if (/^insertFrom/.test(event.inputType)) keys = null;
    else if (box.value === "" && !event.isComposing) keys = "";
  });
  // Who goes elsewhere has done with the code: an Enter after that takes nobody's number.
  box.addEventListener("blur", () => {
    left += 1;
    ready = null;
  });
  box.addEventListener("compositionend", () => {
    if (isEntered && keys) submitted();
    isEntered = false;
  });
  box.addEventListener("beforeinput", (event) => lines(event, event.data));
  box.addEventListener("paste", (event) => lines(event, event.clipboardData?.getData("text")));

  // Where a button stood that was just pressed another one may stand: the second click of a double
  // click must not undo the first.
  acts.addEventListener("click", (event) => {
    if (event.detail > 1) event.preventDefault();
  });
  acts.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (!button?.name) return;
    hush();
    act(button.name, button.value);
  });

  document.addEventListener("keydown", (event) => {
    // Nor is a key that is held down: no scanner does that.
    if (event.repeat && event.key === "Enter") {
      event.preventDefault();
      return;
    }
    const isElsewhere = document.activeElement !== box;
    // Whatever an input method is still at work on is its own: Escape undoes its word.
    const isComposing = event.isComposing || event.keyCode === 229;
    isEntered = isComposing && /^(Numpad)?Enter$/.test(event.code);
    if (isComposing) {
      if (!isElsewhere) press(event);
      return;
    }
    const isTyped = event.key.length === 1 && event.key !== " "
      && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === "/" && (isElsewhere || box.value === "")) {
      event.preventDefault();
      box.focus();
      box.select();
      keys = "";
    } else if (event.key === "Escape") {
      empty();
      forget();
      box.focus();
    } else if (isTyped && isElsewhere) {
      // A scan that comes while a button has the focus must not end in that button's Enter.
      box.focus();
      box.select();
      keys = "";
      press(event);
    } else if (!isElsewhere) {
      press(event);
    }
  });
}

// Nobody scrolls a public screen: it turns its pages by itself, unless somebody just did.
if (!find) {
  const TURN_MS = 12_000;
  const LEFT_ALONE_MS = 60_000;
  let touchedAt = -Infinity;
  for (const name of ["wheel", "pointerdown", "touchstart", "keydown"]) {
    addEventListener(name, () => { touchedAt = Date.now(); }, { passive: true });
  }
  setInterval(() => {
    if (Date.now() - touchedAt < LEFT_ALONE_MS) return;
    const last = document.documentElement.scrollHeight - innerHeight;
    const top = scrollY >= last - 1 ? 0 : Math.min(last, scrollY + innerHeight * 0.8);
    scrollTo({ top });
  }, TURN_MS);
}
