// The fleet page, and a held list that a person accepts at the board.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Place, browser, inEveryLook, signIn, today, until } from "./lib/harness.mjs";

let place;
let chromium;
let board;
let fleet;

before(async () => {
  const rows = Array.from({ length: 40 }, (_, n) => [
    `P${n}`, POV, today(), "08:00-08:30", `${1000 + n}`, "1", `测试${n}`,
  ]);
  place = await Place.start(rows);
  await place.addStaff("李护士", "--decides");
  chromium = await browser();
  board = await signIn(await chromium.newContext(), place, "李护士");
  fleet = await (await chromium.newContext()).newPage();
  await fleet.goto(`${place.address}/fleet/sign-in?lang=en`);
  await fleet.fill("#token", await place.fleetToken());
  await fleet.keyboard.press("Enter");
  await fleet.waitForURL("**/fleet");
});

after(async () => {
  await chromium?.close();
  await place?.stop();
});

test("all is well is the largest thing on the page", async () => {
  await fleet.goto(`${place.address}/fleet?lang=en`);
  await fleet.locator("#verdict", { hasText: "All is well" }).waitFor();
  await inEveryLook(fleet, "fleet-well");
  const size = await fleet.evaluate(() => parseFloat(getComputedStyle(document.getElementById("verdict")).fontSize));
  assert.ok(size >= 24);
});

test("a list that lost too much is held, said on both pages, and accepted by a person", async () => {
  for (let n = 0; n < 30; n += 1) {
    await place.povline("call", "povline.appointment.cancel", `appointment_id=P${n}`);
  }
  // Losses come in one scan or in several: the brake counts an hour's.
  await board.locator("#held", { hasText: "This list is held" }).waitFor({ timeout: 60_000 });
  await inEveryLook(board, "board-held");
  await fleet.locator("#troubles", { hasText: "held" }).waitFor();
  await fleet.locator(".map td", { hasText: "held" }).first().waitFor();
  await inEveryLook(fleet, "fleet-held");
  await board.locator("#held button", { hasText: "Accept" }).click();
  await board.locator("#note", { hasText: "accepted" }).waitFor();
  await board.locator("#held").waitFor({ state: "detached", timeout: 60_000 });
  await until("they are proved cancelled", async () => (await board.locator(".period li").count()) === 10, 90_000);
});

test("with the platform away it is said what is not well", async () => {
  await place.takePlatformAway();
  await fleet.locator("#troubles", { hasText: "stale" }).waitFor({ timeout: 60_000 });
  await inEveryLook(fleet, "fleet-stale");
  await place.bringPlatformBack();
});
