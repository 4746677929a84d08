// A button beside each text that is worth copying. Without this file the texts are there all the
// same, and a click into a long one selects it.
const SHOWN_MILLIS = 4000;

/** Whether the text is in the clipboard now; if not, it is selected, so that the keyboard copies it. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text.textContent);
    return true;
  } catch {
    // Without TLS, or without leave, there is only what is selected.
    getSelection().selectAllChildren(text);
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button[data-copies]")) {
  const text = document.getElementById(button.dataset.copies);
  if (!text) continue;
  const label = button.textContent;
  let back;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text)) ? button.dataset.done : button.dataset.failed;
    clearTimeout(back);
    back = setTimeout(() => { button.textContent = label; }, SHOWN_MILLIS);
  });
}
