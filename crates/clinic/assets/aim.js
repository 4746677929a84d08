// A page that updates by itself may put another button under the mouse just as somebody is about to
// press: a row comes in above, and whoever aimed at one person would take the next one's number; or a
// loss becomes another, and it would be accepted unread. A button that has only just slipped under the
// mouse is not pressed.

// Longer than it takes from seeing a button to pressing it.
const SLIPPED_MS = 700;

// Where the mouse was last, and over which button.
let at = null;
// The button that was put under it, and when.
let slipped = { to: "", when: -Infinity };

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

// Whoever scrolls looks anew.
addEventListener("scroll", () => { at = null; }, { capture: true, passive: true });

addEventListener("click", (event) => {
  // Touches and keys have their button from the beginning.
  if (event.pointerType !== "mouse") return;
  const pressed = known(event.target);
  if (pressed === "" || pressed !== slipped.to || Date.now() - slipped.when >= SLIPPED_MS) return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });
