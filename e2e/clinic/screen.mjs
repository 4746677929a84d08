// The public screen, masked and live; and the way in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PIN, POV, Place, browser, inBothLanguages, inEveryLook, looks, today, until } from "./lib/harness.mjs";

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
  await inBothLanguages(page, "pair");
  await page.fill("#code", await place.pairingCode("--screen"));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/screen");
  const html = () => page.content();
  assert.match(await html(), /张\*三/);
  assert.match(await html(), /欧\*\*娜/);
  await inBothLanguages(page, "screen");
  await place.povline("call", "alibaba.health.vaccin.order.update", "order_id=P1", "action_type=PICK");
  await place.askForToday();
  await page.locator("li", { hasText: "张*三" }).locator("text=✓ arrived").waitFor();
  for (const text of [await html(), ...heard]) {
    assert.doesNotMatch(text, /张小三|欧阳娜娜|A1001|A1002/);
  }
});

test("nobody scrolls a screen, so it turns its pages, and its age and period stay in sight", async () => {
  const page = await (await chromium.newContext({ viewport: { width: 390, height: 320 } })).newPage();
  // Its clock stands but for the time that the test gives it, however slow the machine is; and nothing
  // that comes from the server moves what stands there.
  const now = Date.now();
  await page.clock.install({ time: now - 3600e3 });
  await page.clock.pauseAt(now);
  await page.route("**/screen/events?*", () => {});
  await page.goto(`${place.address}/pair?lang=en`);
  await page.fill("#code", await place.pairingCode("--screen"));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/screen");
  await page.locator(".period li").first().waitFor();
  const scrolled = () => page.evaluate(() => scrollY);
  assert.equal(await scrolled(), 0);
  await page.clock.runFor(12_500);
  assert.ok((await scrolled()) > 0);
  assert.equal((await page.locator(".head").boundingBox()).y, 0);
  for (let turn = 0; turn < 10 && (await scrolled()) > 0; turn += 1) await page.clock.runFor(12_000);
  assert.equal(await scrolled(), 0, "it begins anew");
  // Whoever scrolls it is left alone for a while. The browser takes its time over a wheel's turn.
  const WHEEL = 10;
  await page.mouse.wheel(0, WHEEL);
  await until("it is scrolled", async () => (await scrolled()) === WHEEL);
  await page.clock.runFor(24_000);
  assert.equal(await scrolled(), WHEEL);
  await page.clock.runFor(60_000);
  assert.notEqual(await scrolled(), WHEEL, "and not for ever");
  await page.context().close();
});

test("the way in: a desk's device, a wrong PIN, and whoever works there", async () => {
  const window = await chromium.newContext();
  const page = await window.newPage();
  await page.goto(`${place.address}/`);
  await page.waitForURL("**/pair");
  await page.goto(`${place.address}/pair?lang=en`);
  await page.fill("#code", "0000 0000");
  await page.keyboard.press("Enter");
  await page.locator("[role=alert]", { hasText: "wrong or too old" }).waitFor();
  await page.fill("#code", await place.pairingCode());
  await page.keyboard.press("Enter");
  await page.waitForURL("**/sign-in");
  await page.locator(".note", { hasText: "Nobody works here yet" }).waitFor();
  await looks(page, "sign-in-nobody");
  await place.addStaff("李护士");
  await place.addStaff("王医生");
  await page.reload();
  await page.selectOption("#staff", { label: "王医生" });
  await page.fill("#pin", "111222");
  await page.keyboard.press("Enter");
  await page.locator("[role=alert]", { hasText: "PIN is wrong" }).waitFor();
  await inEveryLook(page, "sign-in");
  // Who was chosen stays chosen.
  assert.equal(await page.locator("#staff option:checked").textContent(), "王医生");
  await page.fill("#pin", PIN);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${place.address}/`);
  await page.locator("text=sign out").click();
  await page.waitForURL("**/sign-in");
  await page.goto(`${place.address}/sign-in?lang=zh`);
  await looks(page, "sign-in-zh");
  await page.goto(`${place.address}/fleet/sign-in?lang=en`);
  await page.fill("#token", "pvf_wrong");
  await page.keyboard.press("Enter");
  await page.locator("[role=alert]", { hasText: "no fleet token" }).waitFor();
  await looks(page, "fleet-sign-in");
});
