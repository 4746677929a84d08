// Scans while a Chinese input method is on. It turns letters into a word that is not finished, takes a
// digit for the choice of one, writes digits full-width, and keeps the Enter for itself; a scanner knows
// nothing of that. What Chromium is sent here is what such a method sends it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Place, browser, signIn, today, until } from "./lib/harness.mjs";

let place;
let chromium;
let page;
let devtools;
let asked = [];

before(async () => {
  place = await Place.start([
    ["P1", POV, today(), "08:00-08:30", "A1001", "1", "张小三"],
    ["P2", POV, today(), "08:00-08:30", "QRST", "1", "李四"],
    ["P3", POV, today(), "08:30-09:00", "1003", "1", "王二"],
    ["P4", POV, today(), "08:30-09:00", "C-1004", "1", "赵五"],
  ]);
  await place.addStaff("李护士");
  chromium = await browser();
  page = await signIn(await chromium.newContext(), place, "李护士");
  devtools = await page.context().newCDPSession(page);
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (address.pathname === "/find") asked.push([address.searchParams.get("q"), address.searchParams.get("keys")]);
  });
});

after(async () => {
  await chromium?.close();
  await place?.stop();
});

/** A key that the input method takes for itself: the page learns which, and not what it means. */
async function key(code) {
  const what = { code, key: "Process", windowsVirtualKeyCode: 229 };
  await devtools.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...what });
  await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", ...what });
}

/** The word that is being made, and the one that came of it. */
const compose = (text) => devtools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
const commit = (text) => devtools.send("Input.insertText", { text });

const code = (letter) => (/\d/.test(letter) ? `Digit${letter}` : letter === "-" ? "Minus" : `Key${letter}`);

/** A method that gathers letters until Enter, which hands them over as they are. */
async function scanGathered(text) {
  let word = "";
  for (const letter of text) {
    await key(code(letter));
    word += letter.toLowerCase();
    await compose(word);
  }
  await key("Enter");
  await commit(word);
}

/** One for which a digit chooses the first word, and which writes further digits full-width. */
async function scanChosen(text) {
  const [letter, digit, ...rest] = text;
  await key(code(letter));
  await compose(letter.toLowerCase());
  await key(code(digit));
  await commit("啊");
  for (const one of rest) {
    await key(code(one));
    await commit(String.fromCodePoint(one.codePointAt(0) + 0xfee0));
  }
  await page.keyboard.press("Enter");
}

async function forget() {
  await page.keyboard.press("Escape");
  await page.locator("#found li").waitFor({ state: "detached" });
  asked = [];
}

test("letters that wait for the end of their word are a scan when Enter comes", async () => {
  await scanGathered("QRST");
  await page.locator("#found li", { hasText: "QRST" }).waitFor();
  assert.deepEqual(asked, [["qrst", null]]);
  assert.equal(await page.inputValue("#q"), "qrst");
  await scanGathered("QRST");
  await page.locator("#note", { hasText: "李四 has arrived" }).waitFor();
  assert.equal(asked.length, 1);
  assert.equal(await page.inputValue("#q"), "");
  asked = [];
});

test("a code of which a word was made is found by its keys, and taken when it comes again", async () => {
  await scanChosen("A1001");
  await page.locator("#found li", { hasText: "A1001" }).waitFor();
  assert.deepEqual(asked, [["啊００１", "A1001"]]);
  // The scanner comes with the method switched off, and it is the same code.
  await page.keyboard.type("A1001\n");
  await page.locator("#note", { hasText: "张小三 has arrived" }).waitFor();
  assert.equal(asked.length, 1);
  await until("the platform knows", async () => (
    await place.platformRows()).find((row) => row.appointment_id === "P1").pick_status === 0);
  asked = [];
});

test("full-width digits and a hyphen are what they look like", async () => {
  for (const digit of "1003") {
    await key(code(digit));
    await commit(String.fromCodePoint(digit.codePointAt(0) + 0xfee0));
  }
  await page.keyboard.press("Enter");
  await page.locator("#found li", { hasText: "王二" }).waitFor();
  assert.deepEqual(asked, [["１００３", null]]);
  await forget();
  await scanGathered("C-1004");
  await page.locator("#found li", { hasText: "赵五" }).waitFor();
  await forget();
});

test("two scans without a pause are two, whatever the method makes of them", async () => {
  // The first one's answer comes after the second one's Enter.
  let go;
  const typed = new Promise((done) => { go = done; });
  await page.route("**/find?*", async (route) => {
    await typed;
    await route.continue();
  });
  await scanChosen("A1001");
  await scanGathered("C-1004");
  go();
  await until("both are found", async () => (await page.locator("#found li").count()) === 2);
  assert.deepEqual(asked, [["啊００１", "A1001"], ["c-1004", null]]);
  await page.unroute("**/find?*");
  await forget();
});

test("a name that is typed with it is a name: a chosen word and its Enter look up nothing but that", async () => {
  let word = "";
  for (const letter of "ZHANG") {
    await key(code(letter));
    word += letter.toLowerCase();
    await compose(word);
  }
  await key("Space");
  await commit("张");
  assert.deepEqual(asked, []);
  await page.keyboard.press("Enter");
  await page.locator("#found", { hasText: "Not on today's list" }).waitFor();
  assert.deepEqual(asked, [["张", null]]);
  await forget();
  // Escape undoes the method's word, and not what was found.
  await page.keyboard.type("1003\n");
  await page.locator("#found li", { hasText: "王二" }).waitFor();
  await key("KeyA");
  await compose("a");
  await key("Escape");
  await compose("");
  assert.equal(await page.locator("#found li").count(), 1);
  await forget();
});
