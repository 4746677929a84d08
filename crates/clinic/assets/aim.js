// A page that updates by itself may put another button under a mouse that rests, just as somebody is
// about to press: a row comes in above, and whoever aimed at one person would take the next one's
// number; or another list would be accepted unread. A button that has only just slipped under the
// mouse is not pressed, and that is said.

// Longer than it takes from seeing a button to pressing it.
const SLIPPED_MS = 700;

// Where the mouse was last, and over which button.
let at = null;
// The button that was put under it, and when.
let slipped = { to: "", when: -Infinity };

const said = document.getElementById("slipped");
const SAID_MS = 6000;
let hushing;

function say() {
  said.textContent = said.dataset.text;
  clearTimeout(hushing);
  hushing = setTimeout(() => { said.textContent = ""; }, SAID_MS);
}

// By what a button is known, whichever element it is: what it does, and to whom or to which list.
function known(element) {
  const button = element?.closest("button");
  if (!button) return "";
  const list = button.parentElement.querySelectorAll("input[type=hidden]");
  return [button.name, button.value, ...[...list].map((one) => one.value)].join(" ");
}

function follow(event) {
  if (event.pointerType !== "mouse") return;
  // Whatever stands now where the mouse was before: if it is another, it was not the mouse that moved.
  const there = at && known(document.elementFromPoint(at.x, at.y));
  if (at && there !== at.over) slipped = { to: there, when: Date.now() };
  at = { x: event.clientX, y: event.clientY, over: known(event.target) };
}

for (const name of ["pointerover", "pointermove", "pointerdown"]) {
  addEventListener(name, follow, { capture: true, passive: true });
}

// Whoever scrolls the page looks anew.
document.addEventListener("scroll", () => { at = null; }, { passive: true });

addEventListener("click", (event) => {
  // Where a finger was before it came down nobody knows, and keys have their button by its focus.
  if (event.pointerType !== "mouse") return;
  const pressed = known(event.target);
  const since = Date.now() - slipped.when;
  // A clock that was set back tells nothing.
  if (pressed === "" || pressed !== slipped.to || since < 0 || since >= SLIPPED_MS) return;
  event.preventDefault();
  event.stopPropagation();
  say();
}, { capture: true });
