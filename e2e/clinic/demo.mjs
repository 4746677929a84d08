// The demo in a browser: its page, the board, the public screen and the fleet page behind it, and the
// switch that takes the platform away and brings it back.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import { enoughOfToday } from "../day.mjs";
import { BINARY, browser, inBothLanguages, looks, shoot } from "./lib/harness.mjs";

let directory;
let demo;
let chromium;
let window;
let page;

before(async () => {
  await enoughOfToday();
  directory = await mkdtemp(join(tmpdir(), "povline-demo-"));
  demo = spawn(BINARY, ["demo", "--povs", "3", "--minutes", "15", "--dir", join(directory, "data")], {
    cwd: directory, stdio: ["ignore", "ignore", "pipe"],
  });
  let address;
  for await (const line of createInterface({ input: demo.stderr })) {
    address = /http:\/\/\S+\/demo/.exec(line)?.[0];
    if (address) break;
  }
  demo.stderr.resume();
  chromium = await browser();
  window = await chromium.newContext();
  page = await window.newPage();
  await page.goto(`${address}?lang=en`);
});

after(async () => {
  await chromium?.close();
  if (demo?.exitCode === null) {
    demo.kill("SIGINT");
    await once(demo, "exit");
  }
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** What a link of the page opens, in a tab of its own. */
async function opened(name) {
  const coming = window.waitForEvent("page");
  await page.getByRole("link", { name }).click();
  const tab = await coming;
  await tab.waitForLoadState();
  return tab;
}

test("everything is one click away, and the switch does what it says", async () => {
  await inBothLanguages(page, "demo");
  const board = await opened("The board of today");
  const screen = await opened("The public screen");
  const fleet = await opened("The fleet");
  await board.locator(".period li").first().waitFor();
  await screen.locator(".period li").first().waitFor();
  await fleet.locator("#sentence", { hasText: "All is well" }).waitFor();
  await looks(board, "demo-board");
  await looks(screen, "demo-screen");
  await inBothLanguages(fleet, "demo-fleet");

  await page.getByRole("button", { name: "Take the platform away" }).click();
  await page.locator("[role=status]", { hasText: "The agent cannot reach it" }).waitFor();
  await inBothLanguages(page, "demo-away");
  await board.locator("#stale", { hasText: "This list is stale" }).waitFor();
  await screen.locator("#stale", { hasText: "This list is stale" }).waitFor();
  await fleet.locator("#sentence", { hasText: "Not well" }).waitFor();
  await shoot(board, "demo-board-away");
  await looks(fleet, "demo-fleet-away");
  await board.locator(".period li:not(.picked) button[name=pick]").first().click();
  await board.locator("#waiting", { hasText: "1" }).waitFor();

  await page.getByRole("button", { name: "Bring the platform back" }).click();
  await page.locator("[role=status]", { hasText: "The agent reaches it" }).waitFor();
  await board.locator("#waiting").waitFor({ state: "detached" });
  await board.locator("#stale").waitFor({ state: "hidden" });
  await fleet.locator("#sentence", { hasText: "All is well" }).waitFor();
  await fleet.locator("#verdict .sign", { hasText: "✓" }).waitFor();
});
