// The platform away, and the agent away: board, public screen and fleet page say so and recover by
// themselves.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Place, browser, fleetPage, inBothLanguages, inEveryLook, screenPage, signIn, today, until } from "./lib/harness.mjs";

const STALE_SECONDS = 20;

let place;
let chromium;
let board;
let screen;
let fleet;

before(async () => {
  place = await Place.start([
    ["P1", POV, today(), "08:00-08:30", "A1001", "1", "张小三"],
    ["P2", POV, today(), "08:30-09:00", "A1002", "1", "赵五"],
    ["P3", POV, today(1), "08:00-08:30", "B1001", "1", "孙七"],
  ], STALE_SECONDS);
  await place.addStaff("李护士");
  chromium = await browser();
  board = await signIn(await chromium.newContext(), place, "李护士");
  screen = await screenPage(await chromium.newContext(), place);
  fleet = await fleetPage(await chromium.newContext(), place);
});

after(async () => {
  await chromium?.close();
  await place?.stop();
});

/** Another fleet page, which takes down how today's cell of its map looks whenever that becomes another. */
async function watchedCell() {
  const page = await fleet.context().newPage();
  await page.goto(`${place.address}/fleet?lang=en`);
  await page.evaluate(() => {
    globalThis.looks = [];
    const colours = (one) => {
      const { color, backgroundColor } = getComputedStyle(one);
      return `${color} on ${backgroundColor}`;
    };
    setInterval(() => {
      const cell = document.querySelector(".map tbody td");
      const [level] = /level-\w+/.exec(cell.className);
      if (globalThis.looks.at(-1)?.level === level) return;
      const legend = document.querySelector(`.legend .${level}`);
      const text = cell.textContent.trim().replace(/\s+/g, " ");
      globalThis.looks.push({ level, text, title: cell.title, colours: colours(cell), meant: colours(legend) });
    }, 100);
  });
  return async () => page.evaluate(() => globalThis.looks);
}

/** The fleet's page says so by its sign, and in its tab. */
async function fleetSays(sign) {
  await until(`the fleet's page says ${sign}`, async () => (
    (await fleet.textContent("#verdict .sign")) === sign && (await fleet.title()).startsWith(`${sign} `)));
}

const row = (name) => board.locator(".period li", { hasText: name });

test("with the platform away all three grow stale and say so; a pick arrives afterwards, once", async () => {
  const cells = await watchedCell();
  await until("the cell is fresh", async () => (await cells()).length > 0);
  await place.takePlatformAway();
  await board.locator("#stale", { hasText: "This list is stale" }).waitFor();
  await board.locator("#tomorrow-stale", { hasText: "Tomorrow's counts are stale" }).waitFor();
  await screen.locator("#stale", { hasText: "This list is stale" }).waitFor();
  await fleet.locator("#troubles", { hasText: "1 list of today is stale" }).waitFor();
  await fleetSays("!");
  await inBothLanguages(board, "board-stale");
  await inBothLanguages(screen, "screen-stale");
  await inBothLanguages(fleet, "fleet-stale");
  // It serves throughout, and its age grows.
  assert.match(await board.textContent("#age"), /as of \d\d:\d\d:\d\d, ([2-9]\d|1[01]\d) s ago|min ago/);
  await until("the cell is old", async () => (await cells()).at(-1).level === "level-old");
  await inEveryLook(fleet, "fleet-old");
  // Each age in its own colour, as the legend has it, and in words, with how long ago it changed. Before
  // the platform was away it may have been less than fresh already, and was fresh again.
  const all = await cells();
  const grown = all.slice(all.findLastIndex((look) => look.level === "level-fresh"));
  assert.deepEqual(grown.map((look) => look.level), ["level-fresh", "level-good", "level-stale", "level-old"]);
  for (const [at, words] of [/^\d+s Δ\d+[sm]$/, /^\d+s Δ\d+[sm]$/, /^! \d+s Δ\d+[sm]$/, /^!! (\d+s|\dm) Δ\d+[sm]$/].entries()) {
    assert.match(grown[at].text, words);
    assert.match(grown[at].title, /^2 appointments · /);
    assert.equal(grown[at].colours, grown[at].meant);
  }
  assert.equal(new Set(grown.map((look) => look.colours)).size, 4);
  await row("赵五").locator("button").click();
  await row("赵五").locator("text=to be told").waitFor();
  await until("it is counted", async () => (await board.textContent("#waiting")) === "1");
  await place.bringPlatformBack();
  await place.askForToday();
  await row("赵五").locator("text=to be told").waitFor({ state: "detached" });
  await board.locator("#stale").waitFor({ state: "hidden" });
  await board.locator("#tomorrow-stale").waitFor({ state: "hidden" });
  await screen.locator("#stale").waitFor({ state: "hidden" });
  const there = (await place.platformRows()).find((found) => found.appointment_id === "P2");
  assert.equal(there.pick_status, 0);
  // Once: it was told by one call, and taken down by one record.
  await until("the platform's log has it", async () => (await place.picksThere())[0] > 0);
  assert.deepEqual(await place.picksThere(), [1, ["P2"]]);
  await until("the cell is fresh again", async () => (await cells()).at(-1).level === "level-fresh");
  await until("all is well again", async () => (await fleet.textContent("#sentence")) === "All is well");
  await fleetSays("✓");
});

test("a lost connection is said on all three, what was there stays, and it comes back by itself", async () => {
  await place.stopAgent();
  await board.locator("#line", { hasText: "connection" }).waitFor();
  await screen.locator("#line", { hasText: "connection" }).waitFor();
  // A page that cannot know must not say that all is well.
  await fleet.locator("#sentence", { hasText: "Not known: no connection since" }).waitFor();
  await fleetSays("?");
  assert.equal(await board.textContent("#expected"), "2");
  assert.equal(await screen.locator(".period li").count(), 2);
  await inEveryLook(board, "board-lost");
  await inEveryLook(screen, "screen-lost");
  await inEveryLook(fleet, "fleet-lost");
  // A scan that nobody looks up is not swallowed.
  await board.keyboard.press("/");
  await board.keyboard.type("A1001\n");
  await board.locator("#note", { hasText: "not looked up, scan it again: A1001" }).waitFor();
  await place.startAgent();
  await board.locator("#line").waitFor({ state: "hidden" });
  await screen.locator("#line").waitFor({ state: "hidden" });
  await fleet.locator("#sentence", { hasText: /^(All is well|Not well)/ }).waitFor();
  // An agent that starts anew tells nothing of what was told. It tells one thing after the other, so
  // once it has told what is done now it would have told that.
  await row("张小三").locator("button").click();
  await until("the next is told", async () => (await place.picksThere())[1].includes("P1"));
  await until("the platform's log has it", async () => (await place.picksThere())[0] > 1);
  assert.deepEqual(await place.picksThere(), [2, ["P2", "P1"]]);
});
