// The public screen: masked, and live.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Place, browser, inEveryLook, today } from "./lib/harness.mjs";

let place;
let chromium;

before(async () => {
  place = await Place.start([
    ["P1", POV, today(), "08:00-08:30", "A1001", "1", "张小三"],
    ["P2", POV, today(), "08:30-09:00", "A1002", "1", "欧阳娜娜"],
  ]);
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  await place?.stop();
});

test("names are masked, codes are not there, and arrivals appear by themselves", async () => {
  const page = await chromium.newPage();
  const heard = [];
  page.on("response", async (response) => {
    if (!response.url().includes("/events")) heard.push(await response.text().catch(() => ""));
  });
  await page.goto(`${place.address}/pair?lang=en`);
  await page.fill("#code", await place.pairingCode("--screen"));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/screen");
  const html = () => page.content();
  assert.match(await html(), /张\*三/);
  assert.match(await html(), /欧\*\*娜/);
  await inEveryLook(page, "screen");
  await place.povline("call", "alibaba.health.vaccin.order.update", "order_id=P1", "action_type=PICK");
  await page.locator("li", { hasText: "张*三" }).locator("text=✓ arrived").waitFor();
  for (const text of [await html(), ...heard]) {
    assert.doesNotMatch(text, /张小三|欧阳娜娜|A1001|A1002/);
  }
});
