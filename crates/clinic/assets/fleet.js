// Keeps the fleet page up to date. All HTML comes from the server that served the page.

const fleet = document.getElementById("fleet");
const said = document.getElementById("said");
const byId = (id) => document.getElementById(id);
const EVERY_MS = 2000;
// An agent that hangs, or a cable that is out, must not leave a green page.
const ANSWER_MS_MAX = 5000;

// What a person hears and what the tab says, when it becomes another.
function tell(sign, sentence) {
  const title = `${sign} ${fleet.dataset.name} · Povline`;
  if (document.title !== title) document.title = title;
  if (said.textContent !== sentence) said.textContent = sentence;
}

// By what a button is known when everything around it was replaced: what it does, and to which list.
// The mark of the loss, behind the deed, may be another by then.
function known(element) {
  const [pov, day] = ["pov", "day"].map((name) => element.form?.elements[name]?.value);
  return [element.id, element.value?.split("-")[0], pov, day].join(" ");
}

const same = (before) => [...fleet.querySelectorAll("a, button, [tabindex]")].find((one) => known(one) === before);

// What has the focus, and how far the map was pushed aside, stays so. A button goes on standing for
// the loss that was shown when it got the focus, or when the mouse came to it: nobody decides by it
// about what they have not read.
function replace(html) {
  const held = document.activeElement;
  const before = fleet.contains(held) ? known(held) : null;
  const read = [fleet.querySelector("button:hover"), before === null ? null : held];
  const aside = byId("map")?.scrollLeft ?? 0;
  fleet.innerHTML = html;
  if (byId("map")) byId("map").scrollLeft = aside;
  for (const button of read) {
    const now = button?.form && same(known(button));
    if (now) now.value = button.value;
  }
  if (before === null) return;
  // A decision that is no longer to be made leaves the focus above those that are.
  (same(before) ?? byId("held-title")).focus({ preventScroll: true });
}

// A button that is replaced while it is held down is not pressed, and nobody is told. Some never hear
// that it is let go, so the wait has an end.
const HELD_DOWN_MS_MAX = 1000;
let heldDownSince = -Infinity;
addEventListener("pointerdown", () => { heldDownSince = Date.now(); }, { capture: true, passive: true });
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, () => setTimeout(() => { heldDownSince = -Infinity; }), { capture: true, passive: true });
}
const isHeldDown = () => Math.abs(Date.now() - heldDownSince) < HELD_DOWN_MS_MAX;

function lost() {
  const verdict = byId("verdict");
  const sentence = fleet.dataset.lost.replace("{at}", byId("at").textContent);
  verdict.className = "verdict is-lost";
  verdict.querySelector(".sign").textContent = "?";
  byId("sentence").textContent = sentence;
  tell("?", sentence);
}

async function look() {
  try {
    const answer = await fetch(fleet.dataset.now, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    if (answer.status === 401) {
      location.assign("/fleet/sign-in");
      return;
    }
    const html = await answer.text();
    if (!answer.ok) throw new Error(answer.statusText);
    if (!isHeldDown()) replace(html);
    tell(fleet.querySelector(".sign").textContent, byId("sentence").textContent);
  } catch {
    lost();
  }
  setTimeout(look, EVERY_MS);
}
look();
