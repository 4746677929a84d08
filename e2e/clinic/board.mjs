// The board in a browser: arrivals by themselves, picks, the keyboard and a scanner alone, a lost
// connection, a stale list, a conflict.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Place, browser, inEveryLook, signIn, today, until } from "./lib/harness.mjs";

let place;
let chromium;
let page;

const rows = [
  ["P1", POV, today(), "08:00-08:30", "A1001", "1", "张小三"],
  ["P2", POV, today(), "08:00-08:30", "A1002", "1", "李四"],
  ["P3", POV, today(), "09:00-09:30", "A1003", "1", "张小三"],
  ["P4", POV, today(), "09:00-09:30", "A1004", "0", "王二"],
  ["P5", POV, today(), "14:00-14:30", "A1005", "1", "赵五"],
  ["P6", POV, today(), "14:00-14:30", "A1006", "1", "欧阳娜娜"],
  ["P7", POV, today(1), "08:00-08:30", "B1001", "1", "孙七"],
];

before(async () => {
  place = await Place.start(rows);
  await place.addStaff("李护士", "--decides");
  chromium = await browser();
  page = await signIn(await chromium.newContext(), place, "李护士");
});

after(async () => {
  await chromium?.close();
  await place?.stop();
});

const text = (selector) => page.textContent(selector);
const state = (name) => page.locator(".period li", { hasText: name });

test("today at a glance, in both languages, in every look", async () => {
  assert.equal(await text("#expected"), "6");
  assert.equal(await text("#arrived"), "1");
  assert.equal(await text("#left"), "5");
  assert.match(await text("#tomorrow"), /Booked in all 1/);
  assert.match(await text("#age"), /as of \d\d:\d\d:\d\d, \d+ s ago/);
  await inEveryLook(page, "board");
  await page.goto(`${place.address}/?lang=zh`);
  assert.match(await text("#age"), /截至 \d\d:\d\d:\d\d，\d+ 秒前/);
  await inEveryLook(page, "board-zh");
  await page.goto(`${place.address}/?lang=en`);
});

test("a pick on the platform and a move appear by themselves", async () => {
  await place.povline("call", "alibaba.health.vaccin.order.update", "order_id=P2", "action_type=PICK");
  await state("李四").locator("text=✓ arrived").waitFor();
  await until("the counts follow", async () => (await text("#arrived")) === "2");
});

test("a scanner alone finds somebody and takes the number", async () => {
  await page.keyboard.press("/");
  await page.keyboard.type("ａ1001");
  await page.keyboard.press("Enter");
  await page.locator("#found", { hasText: "A1001" }).waitFor();
  await page.keyboard.type("ａ1001");
  await page.keyboard.press("Enter");
  await page.locator("#note", { hasText: "张小三 has arrived" }).waitFor();
  // Told to the platform: there the number is taken.
  await until("the platform knows", async () => {
    const row = (await place.platformRows()).find((found) => found.appointment_id === "P1");
    return row.pick_status === 0;
  });
  assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  assert.equal(await page.inputValue("#q"), "");
});

test("two scans of different codes never take the first one's number", async () => {
  await page.keyboard.type("A1003");
  await page.keyboard.press("Enter");
  await page.locator("#found", { hasText: "A1003" }).waitFor();
  await page.keyboard.type("A1005");
  await page.keyboard.press("Enter");
  await page.locator("#found", { hasText: "A1005" }).waitFor();
  assert.equal(await page.locator("#found li").count(), 1);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".period li.picked", { hasText: "A1003" }).count(), 0);
});

test("namesakes stand side by side, and the keyboard alone takes and gives back", async () => {
  await page.fill("#q", "张小三");
  await page.keyboard.press("Enter");
  await page.locator("#found", { hasText: "A1003" }).waitFor();
  assert.equal(await page.locator("#found li").count(), 2);
  // Tab from the box: Find, then the first button among those found.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.value), "P3");
  await page.keyboard.press("Enter");
  await page.locator("#note", { hasText: "张小三 has arrived" }).waitFor();
  await state("A1003").locator("text=✓ arrived").waitFor();
  await state("A1003").locator("button").focus();
  await page.keyboard.press("Enter");
  await page.locator("#note", { hasText: "taken back" }).waitFor();
  await state("A1003").locator("text=expected").waitFor();
});

test("with the platform away the board serves, grows stale and says so; picks arrive afterwards", async () => {
  await place.takePlatformAway();
  await page.locator("#stale", { hasText: "This list is stale" }).waitFor({ timeout: 60_000 });
  await inEveryLook(page, "board-stale");
  await state("赵五").locator("button").click();
  await state("赵五").locator("text=to be told").waitFor();
  assert.equal(await text("#waiting"), "1");
  await place.bringPlatformBack();
  await state("赵五").locator("text=to be told").waitFor({ state: "detached", timeout: 90_000 });
  await page.locator("#stale").waitFor({ state: "hidden", timeout: 60_000 });
  const row = (await place.platformRows()).find((found) => found.appointment_id === "P5");
  assert.equal(row.pick_status, 0);
});

test("who was cancelled on the platform meanwhile is a conflict until it is seen", async () => {
  await place.stopAgent();
  await place.startAgent();
  await page.reload();
  // Cancelled on the platform, and the pick comes before any list could tell: stop the agent's
  // reading by taking the platform away, pick, cancel there, and bring it back.
  await place.takePlatformAway();
  await state("欧阳娜娜").locator("button").click();
  await state("欧阳娜娜").locator("text=to be told").waitFor();
  await place.stopAgent();
  await place.bringPlatformBack();
  await place.povline("call", "povline.appointment.cancel", "appointment_id=P6");
  await place.startAgent();
  await page.locator("#clashes", { hasText: "欧阳娜娜" }).waitFor({ timeout: 60_000 });
  await inEveryLook(page, "board-conflict");
  await page.locator("#clashes button").first().click();
  await page.locator("#clashes").waitFor({ state: "detached" });
});

test("a lost connection is said, the board stays, and it comes back by itself", async () => {
  await place.stopAgent();
  await page.locator("#line", { hasText: "connection" }).waitFor({ timeout: 30_000 });
  assert.equal(await text("#expected"), "5");
  await inEveryLook(page, "board-lost");
  await place.startAgent();
  await page.locator("#line").waitFor({ state: "hidden", timeout: 30_000 });
});

test("it prints without what is only for the screen", async () => {
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.isVisible("#q"), false);
  assert.equal(await page.isVisible(".period button"), false);
  assert.ok((await page.locator("h1").boundingBox()).height > 10);
  assert.equal(await page.isVisible(".period li"), true);
  await page.emulateMedia({ media: "screen" });
});
