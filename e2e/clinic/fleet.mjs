// The fleet page, and a held list that a person accepts at the board.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Place, browser, fleetPage, inBothLanguages, inEveryLook, signIn, tabTo, today, until } from "./lib/harness.mjs";

const ROWS = 30;
const GONE = 24;
const LAST_DAY = 11;

let place;
let chromium;
let board;
let fleet;

before(async () => {
  const rows = Array.from({ length: ROWS }, (_, n) => [
    `P${n}`, POV, today(), "08:00-08:30", `${1000 + n}`, "1", `测试${n}`,
  ]);
  rows.push(...Array.from({ length: ROWS }, (_, n) => [
    `T${n}`, POV, today(1), "08:00-08:30", `${2000 + n}`, "1", `明日${n}`,
  ]));
  place = await Place.start(rows, undefined, LAST_DAY);
  await place.addStaff("李护士", "--decides");
  chromium = await browser();
  board = await signIn(await chromium.newContext(), place, "李护士");
  fleet = await fleetPage(await chromium.newContext(), place);
});

after(async () => {
  await chromium?.close();
  await place?.stop();
});

test("all is well is the largest thing on the page", async () => {
  await fleet.locator("#verdict", { hasText: "All is well" }).waitFor();
  const sizes = await fleet.evaluate(() => {
    const all = [...document.querySelectorAll("main *")].filter((one) => one.id !== "sentence" && !one.closest("#verdict"));
    const size = (one) => parseFloat(getComputedStyle(one).fontSize);
    return [size(document.getElementById("sentence")), Math.max(...all.map(size))];
  });
  assert.ok(sizes[0] > sizes[1], `${sizes}`);
  // Not by colour alone.
  await fleet.locator("#verdict .sign", { hasText: "✓" }).waitFor();
  await until("the tab says so too", async () => (await fleet.title()).startsWith("✓ "));
  await fleet.goto(`${place.address}/fleet?lang=zh`);
  await fleet.locator("#verdict", { hasText: "一切正常" }).waitFor();
  await inBothLanguages(fleet, "fleet-well");
});

test("the map follows the agent as far as it reads, and is pushed aside on a narrow screen", async () => {
  await mapHas(8);
  await fleet.locator("#days", { hasText: `show all ${LAST_DAY + 1} days` }).click();
  await mapHas(LAST_DAY + 1);
  // So it stays when the page looks again.
  await fleet.waitForResponse((answer) => answer.url().includes("/fleet/now") && answer.url().includes("days=all"));
  await mapHas(LAST_DAY + 1);
  await inBothLanguages(fleet, "fleet-all-days");
  await fleet.setViewportSize({ width: 390, height: 844 });
  await until("it is narrow", () => fleet.evaluate(() => innerWidth === 390));
  // The page is drawn anew now and then: both in one look.
  const places = () => fleet.evaluate(() => ["th", "td:last-child"].map(
    (one) => document.querySelector(`.map tbody tr:first-child ${one}`).getBoundingClientRect().x));
  const [before, last] = await places();
  assert.ok(last > 390, "the last day is not in sight at first");
  await fleet.locator("#map").focus();
  await until("the keyboard alone brings it in sight", async () => {
    await fleet.keyboard.press("ArrowRight");
    return (await places())[1] < 390;
  });
  // Whose it is stays in sight beside it.
  assert.equal((await places())[0], before);
  await fleet.setViewportSize({ width: 1280, height: 900 });
  await fleet.locator("#days", { hasText: "show the first days alone" }).click();
  await mapHas(8);
});

/** The map shows so many days, beside the names. */
async function mapHas(days) {
  await until(`the map shows ${days} days`, async () => (await fleet.locator(".map thead th").count()) === 1 + days);
}

/** The button that lets a held list go. */
const ACCEPT = "button[value^=accept]";

/** What has the focus on the fleet's page: this of it. */
const focused = (property) => fleet.evaluate((name) => document.activeElement[name], property);

/** Cancels the first appointments of this letter, some at once. */
async function cancel(letter, count) {
  for (let at = 0; at < count; at += 6) {
    const some = Array.from({ length: Math.min(6, count - at) }, (_, n) => `${letter}${at + n}`);
    await Promise.all(some.map((id) => place.call("povline.appointment.cancel", `appointment_id=${id}`)));
  }
}

test("tomorrow's list that is held is said on the board, and accepted on a page of its own", async () => {
  await cancel("T", GONE);
  const link = board.locator("#held-elsewhere a", { hasText: "tomorrow" });
  await link.waitFor();
  await inBothLanguages(board, "board-tomorrow-held");
  await link.click();
  await board.waitForURL(`**/held/${today(1)}`);
  // Losses come in one scan or in several, and this page does not look again by itself.
  await until("all of them are missed", async () => {
    await board.reload();
    return (await board.textContent("#held-title")).includes(`${GONE} vanished at once`);
  });
  await inBothLanguages(board, "held");
  await board.locator("#held button", { hasText: "Accept" }).click();
  await board.locator("#note", { hasText: "accepted" }).waitFor();
  await board.goto(`${place.address}/?lang=en`);
  await board.locator("#held-elsewhere").waitFor({ state: "detached" });
});

test("a decision about a loss that has changed meanwhile is refused, and said why", async () => {
  // Losses come in one scan or in several: the brake counts an hour's.
  await cancel("P", GONE - 2);
  await place.askForToday();
  await board.locator("#held").waitFor();
  const shown = await board.locator("#held button", { hasText: "Accept" }).getAttribute("value");
  await fleet.goto(`${place.address}/fleet?lang=en&days=all`);
  const lost = fleet.locator("tr", { has: fleet.locator(ACCEPT) }).locator(".number").first();
  const isLost = (count) => until(`${count} are lost on the fleet's page`, async () => (await lost.textContent()) === `${count}`);
  const loses = async (n, count) => {
    await cancelled(n);
    await place.askForToday();
    await isLost(count);
  };
  await isLost(GONE - 2);
  // A button under the mouse stands for what was read when the mouse came to it.
  const aimedAt = await fleet.locator(ACCEPT).getAttribute("value");
  await fleet.locator(ACCEPT).hover();
  await loses(GONE - 2, GONE - 1);
  assert.equal(await fleet.locator(ACCEPT).getAttribute("value"), aimedAt);
  await fleet.mouse.down();
  await fleet.mouse.up();
  await fleet.locator("#note.bad", { hasText: "the list has changed: look again" }).waitFor();
  // So does a button that has the focus.
  await fleet.mouse.move(0, 0);
  await fleet.goto(`${place.address}/fleet?lang=en&days=all`);
  await tabTo(fleet, ACCEPT);
  const shownThere = await focused("value");
  assert.notEqual(shownThere, aimedAt);
  await loses(GONE - 1, GONE);
  assert.equal(await focused("value"), shownThere);
  await fleet.keyboard.press("Enter");
  await fleet.locator("#note.bad", { hasText: "the list has changed: look again" }).waitFor();
  assert.notEqual(await fleet.locator(ACCEPT).getAttribute("value"), shownThere);
  await mapHas(LAST_DAY + 1);
  await inEveryLook(fleet, "fleet-changed");
  await until("the board shows it", async () => (
    await board.locator("#held button", { hasText: "Accept" }).getAttribute("value")) !== shown);
  // The board has not heard of it yet when the button is pressed.
  await board.evaluate((old) => {
    const button = document.querySelector("button[value^=accept]");
    button.value = old;
    button.click();
  }, shown);
  await board.locator("#note.bad", { hasText: "the list has changed: look again" }).waitFor();
  await fleet.goto(`${place.address}/fleet?lang=en`);
  assert.equal(await board.locator("#held").count(), 1);
});

const cancelled = (n) => place.call("povline.appointment.cancel", `appointment_id=P${n}`);

test("what is held is said on both pages, and accepted by a person", async () => {
  await board.locator("#held", { hasText: "This list is held" }).waitFor();
  await inBothLanguages(board, "board-held");
  await fleet.locator("#troubles", { hasText: "1 list is held" }).waitFor();
  await fleet.locator(".map td", { hasText: "held" }).first().waitFor();
  await inBothLanguages(fleet, "fleet-held");
  await tabTo(fleet, ACCEPT);
  await board.locator("#held button", { hasText: "Accept" }).click();
  await board.locator("#note", { hasText: "accepted" }).waitFor();
  await board.locator("#held").waitFor({ state: "detached" });
  await until("the focus is above what is held there", async () => (await focused("id")) === "held-title");
  await until("they are proved cancelled", async () => (await board.locator(".period li").count()) === ROWS - GONE);
});
