// Keeps the fleet page up to date. All HTML comes from the server that served the page.

const fleet = document.getElementById("fleet");
const line = document.getElementById("line");
const EVERY_MS = 2000;

async function look() {
  try {
    // An agent that hangs, or a cable that is out, must not leave a green page.
    const answer = await fetch(fleet.dataset.now, { signal: AbortSignal.timeout(5000) });
    if (answer.status === 401) {
      location.assign("/fleet/sign-in");
      return;
    }
    const html = await answer.text();
    if (!answer.ok) throw new Error(answer.statusText);
    line.hidden = true;
    // Whoever is about to press a button is not disturbed; who only reads is kept up to date.
    if (!document.activeElement?.closest("#fleet button, #fleet form")) fleet.innerHTML = html;
  } catch {
    line.hidden = false;
  }
}
setInterval(look, EVERY_MS);
