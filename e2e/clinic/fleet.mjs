// The fleet page, and a held list that a person accepts at the board.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Place, browser, fleetPage, inEveryLook, looks, signIn, today, until } from "./lib/harness.mjs";

const ROWS = 30;
const GONE = 24;

let place;
let chromium;
let board;
let fleet;

before(async () => {
  const rows = Array.from({ length: ROWS }, (_, n) => [
    `P${n}`, POV, today(), "08:00-08:30", `${1000 + n}`, "1", `测试${n}`,
  ]);
  place = await Place.start(rows);
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
  assert.equal(await fleet.textContent("#verdict .sign"), "✓");
  await until("the tab says so too", async () => (await fleet.title()).startsWith("✓ "));
  await inEveryLook(fleet, "fleet-well");
  await fleet.goto(`${place.address}/fleet?lang=zh`);
  await fleet.locator("#verdict", { hasText: "一切正常" }).waitFor();
  await looks(fleet, "fleet-well-zh");
  await fleet.goto(`${place.address}/fleet?lang=en`);
});

test("a list that lost too much is held, said on both pages, and accepted by a person", async () => {
  const gone = Array.from({ length: GONE }, (_, n) => n);
  for (let at = 0; at < GONE; at += 6) {
    await Promise.all(gone.slice(at, at + 6).map((n) => place.call("povline.appointment.cancel", `appointment_id=P${n}`)));
  }
  await place.askForToday();
  // Losses come in one scan or in several: the brake counts an hour's.
  await board.locator("#held", { hasText: "This list is held" }).waitFor({ timeout: 60_000 });
  await inEveryLook(board, "board-held");
  await fleet.locator("#troubles", { hasText: "1 list is held" }).waitFor();
  await fleet.locator(".map td", { hasText: "held" }).first().waitFor();
  await inEveryLook(fleet, "fleet-held");
  await board.locator("#held button", { hasText: "Accept" }).click();
  await board.locator("#note", { hasText: "accepted" }).waitFor();
  await board.locator("#held").waitFor({ state: "detached", timeout: 60_000 });
  await until("they are proved cancelled", async () => (await board.locator(".period li").count()) === ROWS - GONE, 90_000);
});
