// Keeps the fleet page up to date. All HTML comes from the server that served the page.

const fleet = document.getElementById("fleet");
const line = document.getElementById("line");
const EVERY_MS = 2000;

async function look() {
  try {
    const answer = await fetch(fleet.dataset.now);
    if (answer.status === 401) {
      location.assign("/fleet/sign-in");
      return;
    }
    const html = await answer.text();
    if (!answer.ok) throw new Error(answer.statusText);
    line.hidden = true;
    // Whoever is about to press a button or reads with the keyboard is not disturbed.
    if (!fleet.contains(document.activeElement)) fleet.innerHTML = html;
  } catch {
    line.hidden = false;
  }
}
setInterval(look, EVERY_MS);
