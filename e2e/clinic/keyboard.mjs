// From a device that nobody has paired to signing out, with keys and scans alone. Nothing here moves a
// mouse, fills a field by itself, or puts the focus anywhere: what the keyboard does not lead to is
// not reached.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PIN, POV, Place, browser, looks, tabTo, today, until } from "./lib/harness.mjs";

const ROWS = 30;
const GONE = 24;

let place;
let chromium;
let page;

before(async () => {
  const rows = Array.from({ length: ROWS }, (_, n) => [
    `P${n}`, POV, today(), n < 20 ? "08:00-08:30" : "08:30-09:00", `A${1000 + n}`, "1", `测试${n}`,
  ]);
  rows.push(["N1", POV, today(), "09:00-09:30", "B2001", "1", "欧阳娜娜"]);
  place = await Place.start(rows);
  await place.addStaff("王医生");
  await place.addStaff("李护士", "--decides");
  chromium = await browser();
  page = await (await chromium.newContext({ locale: "en-GB" })).newPage();
  await page.addInitScript(() => {
    for (const name of ["mousedown", "pointerdown", "touchstart"]) {
      addEventListener(name, () => { throw new Error(`somebody used ${name}`); }, true);
    }
  });
  page.on("pageerror", (error) => assert.fail(error));
});

after(async () => {
  await chromium?.close();
  await place?.stop();
});

const focused = () => page.evaluate(() => document.activeElement.id);
// A browser gives the focus with its next frame, which may come after the page's load.
const getsFocus = (selector) => page.waitForSelector(`${selector}:focus`);
const scan = async (code) => page.keyboard.type(`${code}\n`);
const row = (text) => page.locator(".period li", { hasText: text });
const isPickedThere = async (id) => (
  await place.platformRows()).find((found) => found.appointment_id === id).pick_status === 0;

test("paired and signed in", async () => {
  await page.goto(`${place.address}/`);
  await page.waitForURL("**/pair");
  await getsFocus("#code");
  await page.keyboard.type(await place.pairingCode());
  await page.keyboard.press("Enter");
  await page.waitForURL("**/sign-in");
  await getsFocus("#pin");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(), "staff");
  const chosen = () => page.locator("#staff option:checked").textContent();
  const first = await chosen();
  if (first !== "李护士") await page.keyboard.press("ArrowDown");
  if (await chosen() !== "李护士") await page.keyboard.press("ArrowUp");
  assert.equal(await chosen(), "李护士");
  await page.keyboard.press("Tab");
  await page.keyboard.type(`${PIN}\n`);
  await page.waitForURL(`${place.address}/`);
  await getsFocus("#q");
});

test("a code that is scanned twice is a number taken, and the board shows it", async () => {
  await scan("A1025");
  await page.locator("#found li", { hasText: "A1025" }).waitFor();
  await scan("A1025");
  await page.locator("#note", { hasText: "测试25 has arrived" }).waitFor();
  await row("A1025").locator("text=✓ arrived").waitFor();
  await until("the platform knows", () => isPickedThere("P25"));
  await until("it is counted", async () => (await page.textContent("#arrived")) === "1");
  assert.equal(await focused(), "q");
});

test("a name that is typed is found, its number taken and given back", async () => {
  await page.keyboard.type("欧阳\n");
  await page.locator("#found li", { hasText: "B2001" }).waitFor();
  await tabTo(page, "#found button[name=pick]");
  await page.keyboard.press("Enter");
  await page.locator("#note", { hasText: "欧阳娜娜 has arrived" }).waitFor();
  await row("B2001").locator("text=✓ arrived").waitFor();
  assert.equal(await focused(), "q");
  await tabTo(page, "button[name=unpick][value=N1]");
  await page.keyboard.press("Enter");
  await page.locator("#note", { hasText: "taken back" }).waitFor();
  await row("B2001").locator("text=expected").waitFor();
});

test("when the button that has the focus vanishes, Enter takes nobody's number", async () => {
  const ids = Array.from({ length: GONE - 1 }, (_, n) => `P${n + 1}`);
  for (let at = 0; at < GONE; at += 6) {
    await Promise.all(ids.slice(at, at + 6).map((id) => place.call("povline.appointment.cancel", `appointment_id=${id}`)));
  }
  await place.askForToday();
  await page.locator("#held", { hasText: `${GONE - 1} vanished at once` }).waitFor();
  await page.keyboard.press("/");
  await scan("A1026");
  await page.locator("#found li", { hasText: "A1026" }).waitFor();
  await tabTo(page, "#held button[value^=accept]");
  // One more is lost: the button that stands there now is about another loss.
  await place.call("povline.appointment.cancel", "appointment_id=P0");
  await place.askForToday();
  await until("the focus is back at the box", async () => (await focused()) === "q");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  // What is scanned next is looked up after whatever those have begun.
  await scan("A1027");
  await page.locator("#found li", { hasText: "A1027" }).waitFor();
  assert.equal(await isPickedThere("P26"), false);
  assert.equal(await row("A1026").locator("text=✓ arrived").count(), 0);
  assert.equal(await page.textContent("#arrived"), "1");
  assert.equal(await page.locator("#held button[value^=accept]").count(), 1);
  await page.keyboard.press("Escape");
});

test("a button that turns into its opposite is not pressed by the Enter meant for it", async () => {
  await scan("A1026");
  await page.locator("#found li", { hasText: "A1026" }).waitFor();
  await page.keyboard.press("Escape");
  await tabTo(page, 'button[name=pick][value="P26"]');
  // Another desk takes the number, and the button gives it back from now on.
  await place.call("alibaba.health.vaccin.order.update", "order_id=P26", "action_type=PICK");
  await place.askForToday();
  await row("A1026").locator("text=✓ arrived").waitFor();
  assert.equal(await focused(), "q");
  await page.keyboard.press("Enter");
  // What is scanned next is looked up after whatever that has begun.
  await scan("A1027");
  await page.locator("#found li", { hasText: "A1027" }).waitFor();
  assert.equal(await isPickedThere("P26"), true);
  await row("A1026").locator("text=✓ arrived").waitFor();
  await page.keyboard.press("Escape");
  await place.call("alibaba.health.vaccin.order.update", "order_id=P26", "action_type=UNPICK");
  await place.askForToday();
  await row("A1026").locator("text=expected").waitFor();
});

test("a code that is looked up, and left, takes nobody's number by one more scan", async () => {
  await scan("A1026");
  await page.locator("#found li", { hasText: "A1026" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(), "q");
  const asked = page.waitForResponse("**/find?*");
  await page.keyboard.press("Enter");
  await asked;
  assert.equal(await row("A1026").locator("text=✓ arrived").count(), 0);
  await page.keyboard.press("Escape");
});

test("a held list is accepted", async () => {
  const accept = page.locator("#held button[value^=accept]");
  await page.locator("#held", { hasText: `${GONE} vanished at once` }).waitFor();
  await looks(page, "keyboard-held");
  await page.keyboard.press("/");
  assert.equal(await focused(), "q");
  await tabTo(page, "#held button[value^=accept]");
  await page.keyboard.press("Enter");
  await page.locator("#note", { hasText: `accepted: ${GONE}` }).waitFor();
  await accept.waitFor({ state: "detached" });
  await until("they are proved cancelled", async () => (await page.locator(".period li").count()) === ROWS + 1 - GONE);
});

test("a conflict is seen", async () => {
  await place.call("alibaba.health.vaccin.order.update", "order_id=P25", "action_type=UNPICK");
  await place.askForToday();
  await page.locator("#clashes li", { hasText: "测试25" }).waitFor();
  await page.keyboard.press("/");
  await tabTo(page, "#clashes button[name=seen]");
  await page.keyboard.press("Enter");
  await page.locator("#note", { hasText: "marked as seen" }).waitFor();
  await page.locator("#clashes").waitFor({ state: "detached" });
  assert.equal(await focused(), "q");
});

test("the list is read anew, and whoever was signed in is signed out", async () => {
  await page.keyboard.press("/");
  await page.keyboard.press("Shift+Tab");
  await tabTo(page, "button[name=pull][value=today]");
  await page.keyboard.press("Enter");
  await page.locator("#note", { hasText: "asked for" }).waitFor();
  // It goes round: after the last comes the first.
  await tabTo(page, "form[action='/sign-out'] button");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/sign-in");
  await page.goto(`${place.address}/`);
  await page.waitForURL("**/sign-in");
});
