// The board in a browser: what appears by itself, picks and their write-back, conflicts, the keyboard
// and a scanner alone, paper.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Place, browser, inBothLanguages, looks, onPaper, signIn, today, until } from "./lib/harness.mjs";

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
  ["P8", POV, today(), "14:00-14:30", "A1008", "1", "周八"],
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
const scan = async (code) => {
  await page.keyboard.type(code);
  await page.keyboard.press("Enter");
};
const isPickedThere = async (id) => {
  const row = (await place.platformRows()).find((found) => found.appointment_id === id);
  return row.pick_status === 0;
};

test("today at a glance, in both languages, in every look", async () => {
  assert.equal(await text("#expected"), "7");
  assert.equal(await text("#arrived"), "1");
  assert.equal(await text("#left"), "6");
  assert.match(await text("#tomorrow"), /1\s+booked/);
  const strip = await page.locator(".strip a").allTextContents();
  assert.deepEqual(strip, ["08:00-08:30 0/2", "09:00-09:30 1/2", "14:00-14:30 0/3"]);
  assert.match(await text("#age"), /as of \d\d:\d\d:\d\d, \d+ s ago/);
  assert.match(await text("#tomorrow-age"), /as of \d\d:\d\d:\d\d, \d+ s ago/);
  await page.goto(`${place.address}/?lang=zh`);
  assert.match(await text("#age"), /截至 \d\d:\d\d:\d\d，\d+ 秒前/);
  assert.match(await text("#tomorrow-age"), /截至 \d\d:\d\d:\d\d，\d+ 秒前/);
  await inBothLanguages(page, "board");
});

test("an arrival, somebody new and a move appear by themselves", async () => {
  await place.call("alibaba.health.vaccin.order.update", "order_id=P2", "action_type=PICK");
  await place.importRows([
    ["P9", POV, today(), "09:00-09:30", "A1009", "1", "吴九"],
    ["P7", POV, today(), "16:00-16:30", "A1007", "1", "孙七"],
    ["P8", POV, today(), "16:00-16:30", "A1008", "1", "周八"],
  ]);
  await place.askForToday();
  await state("李四").locator("text=✓ arrived").waitFor();
  await state("吴九").waitFor();
  const periodOf = (name) => page.locator(".period", { has: page.locator("li", { hasText: name }) }).locator("h2").textContent();
  await until("the move of a period is shown", async () => (await periodOf("周八")) === "16:00-16:30");
  await until("the move of a day is shown", async () => (await periodOf("孙七")) === "16:00-16:30");
  await until("the counts follow", async () => (await text("#expected")) === "9" && (await text("#arrived")) === "2");
});

test("a scanner alone finds somebody and takes the number", async () => {
  await page.keyboard.press("/");
  await scan("ａ1001");
  await page.locator("#found", { hasText: "A1001" }).waitFor();
  await scan("ａ1001");
  await page.locator("#note", { hasText: "张小三 has arrived" }).waitFor();
  await until("the platform knows", () => isPickedThere("P1"));
  assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  assert.equal(await page.inputValue("#q"), "");
});

test("two scans of different codes never take the first one's number", async () => {
  await scan("A1003");
  await page.locator("#found", { hasText: "A1003" }).waitFor();
  await scan("A1005");
  await page.locator("#found", { hasText: "A1005" }).waitFor();
  assert.equal(await page.locator("#found li").count(), 1);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".period li.picked", { hasText: "A1003" }).count(), 0);
});

test("two codes scanned without a pause are looked up one by one, in order", async () => {
  // The first one's answer comes after the second one's Enter.
  let go;
  const typed = new Promise((done) => { go = done; });
  await page.route("**/find?*", async (route) => {
    await typed;
    await route.continue();
  });
  const asked = [];
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (address.pathname === "/find") asked.push(address.searchParams.get("q"));
  });
  await page.keyboard.type("A1003\nA1005\n");
  go();
  await until("both are found", async () => (await page.locator("#found li").count()) === 2);
  assert.deepEqual(asked, ["A1003", "A1005"]);
  const found = await page.locator("#found li").allTextContents();
  assert.match(found[0], /A1003/);
  assert.match(found[1], /A1005/);
  assert.equal(await page.locator(".period li.picked", { hasText: /A100[35]/ }).count(), 0);
  await page.unroute("**/find?*");
  // Handed over in one piece, as some scanners do: each line is a scan.
  asked.length = 0;
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text", "A1003\r\nA1005\r\n");
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await until("both are looked up", () => asked.length === 2);
  assert.deepEqual(asked, ["A1003", "A1005"]);
  await page.keyboard.press("Escape");
});

test("a scan while a button has the focus looks somebody up and presses nothing", async () => {
  await page.keyboard.press("Escape");
  await state("A1003").locator("button").focus();
  await scan("A1005");
  await page.locator("#found li", { hasText: "A1005" }).waitFor();
  assert.equal(await page.locator(".period li.picked", { hasText: "A1003" }).count(), 0);
  await page.keyboard.press("Escape");
});

test("namesakes stand side by side, and the keyboard alone takes and gives back", async () => {
  await page.goto(`${place.address}/?q=${encodeURIComponent("张小三")}`);
  const tops = await page.locator("#found li").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
  assert.equal(tops.length, 2);
  assert.equal(tops[0], tops[1]);
  await inBothLanguages(page, "board-namesakes");
  await page.goto(`${place.address}/?lang=en`);
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

test("who is not on the list is said so", async () => {
  await scan("Z9999");
  await page.locator("#found", { hasText: "Not on today's list" }).waitFor();
  await looks(page, "board-not-found");
  await page.keyboard.press("Escape");
});

test("a pick that the platform shows otherwise is a conflict until it is seen", async () => {
  await state("赵五").locator("button").click();
  await state("赵五").locator("text=✓ arrived").waitFor();
  await until("the platform knows", () => isPickedThere("P5"));
  await place.call("alibaba.health.vaccin.order.update", "order_id=P5", "action_type=UNPICK");
  await place.askForToday();
  await page.locator("#clashes li", { hasText: "赵五" })
    .locator("text=the platform shows the opposite now").waitFor();
  await state("赵五").locator("text=expected").waitFor();
  await inBothLanguages(page, "board-overruled");
  await page.locator("#clashes button").click();
  await page.locator("#clashes").waitFor({ state: "detached" });
});

test("a pick that the platform refuses is a conflict", async () => {
  // Done while the platform is away, and cancelled there before it could be told.
  await place.takePlatformAway();
  await state("欧阳娜娜").locator("button").click();
  await state("欧阳娜娜").locator("text=to be told").waitFor();
  await place.stopAgent();
  await place.bringPlatformBack();
  await place.call("povline.appointment.cancel", "appointment_id=P6");
  // So long that the refusal is seen before the absence is proved.
  await place.startAgent({ confirmSeconds: 3600 });
  // The refusal's reason has the words of a cancellation in it: the kinds are told apart by the button.
  const clash = (kind) => page.locator("#clashes li", { has: page.locator(`button[value$="-${kind}"]`) });
  await clash("refused").filter({ hasText: "the platform refuses it: The appointment was cancelled (FAIL_BIZ_410 " })
    .waitFor();
  await page.goto(`${place.address}/?lang=zh`);
  await clash("refused").filter({ hasText: "平台拒绝:预约已取消(FAIL_BIZ_410 " }).waitFor();
  await inBothLanguages(page, "board-refused");
  await place.stopAgent();
  await place.startAgent();
  await clash("cancelled").locator("button").click();
  await page.locator("#clashes").waitFor({ state: "detached" });
});

test("whoever has just slipped under the mouse is not taken by its press", async () => {
  await page.goto(`${place.address}/?lang=en`);
  await page.evaluate(() => {
    const { fetch } = globalThis;
    globalThis.deeds = [];
    globalThis.fetch = (address, options) => {
      if (options?.method === "POST") globalThis.deeds.push(`${options.body}`);
      return fetch(address, options);
    };
  });
  const deeds = () => page.evaluate(() => globalThis.deeds);
  const press = async () => {
    await page.mouse.down();
    await page.mouse.up();
  };
  // However long this takes, no time passes for the page.
  const now = Date.now();
  await page.clock.setFixedTime(now);
  const { x, y, width, height } = await state("A1003").locator("button").boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await place.importRows([["P0", POV, today(), "09:00-09:30", "A1000", "1", "钱零"]]);
  await place.askForToday();
  await state("A1000").waitFor();
  await until("another stands there", () => page.evaluate(
    ([left, top]) => document.elementFromPoint(left, top).closest("li").textContent.includes("A1000"),
    [x + width / 2, y + height / 2],
  ));
  await press();
  await page.locator("#slipped", { hasText: "the page has just moved: look, then press again" }).waitFor();
  assert.deepEqual(await deeds(), []);
  // Once there was time to see who stands there it is meant.
  await page.clock.setFixedTime(now + 1_000);
  await press();
  await page.locator("#note", { hasText: "钱零 has arrived" }).waitFor();
  assert.deepEqual(await deeds(), ["pick=P0"]);
});

test("a double click on Find, and Enter held down, take nobody's number", async () => {
  await page.goto(`${place.address}/?lang=en`);
  const deeds = [];
  page.on("request", (request) => {
    if (request.method() === "POST") deeds.push(request.postData());
  });
  await page.fill("#q", "A1003");
  await page.locator("#find button").dblclick();
  await page.locator("#found li", { hasText: "A1003" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.type("A1005");
  await page.keyboard.down("Enter");
  await page.locator("#found li", { hasText: "A1005" }).waitFor();
  // Down once more without having been up: as a keyboard does while a key is held down.
  await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  // What is scanned next is looked up after whatever those have begun.
  await scan("A1003");
  await page.locator("#found li", { hasText: "A1003" }).waitFor();
  assert.deepEqual(deeds, []);
});

test("it prints without what is only for the screen", async () => {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const hidden of ["#q", ".period button", "#tomorrow button", ".skip"]) {
    assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
  }
  assert.ok((await page.locator("h1").boundingBox()).height > 10);
  assert.equal(await page.isVisible(".period li"), true);
  assert.equal(await page.isVisible("#age"), true);
  // Ink on white paper, whatever the screen's colours are.
  const [ink, paper] = await page.evaluate(() => {
    const style = getComputedStyle(document.body);
    return [style.color, style.backgroundColor];
  });
  assert.deepEqual([ink, paper], ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
  await onPaper(page, "board-print");
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
});
