// A platform, an agent and a browser, all real: the binary that is named by POVLINE, or the debug
// build, on ports of its own and in a directory of its own.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

import { until } from "../../browser.mjs";
import { enoughOfToday, today } from "../../day.mjs";

export { browser, until } from "../../browser.mjs";
export { today } from "../../day.mjs";

const run = promisify(execFile);
const here = new URL("../../..", import.meta.url).pathname;
export const BINARY = process.env.POVLINE ?? join(here, "target/debug/povline");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const POV = "00001";
export const PIN = "258036";

/** No list is stale meanwhile, unless a test is about that. */
const NEVER_STALE_SECONDS = 3600;
/** What axe finds in a page that is drawn anew in its midst may be nowhere: so often it is looked at. */
const LOOKS_MAX = 3;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export class Place {
  /** With these appointments; lists are stale after so many seconds, and so many days are read. */
  static async start(rows, staleSeconds = NEVER_STALE_SECONDS, lastDay = 1) {
    await enoughOfToday();
    const place = new Place();
    place.directory = await mkdtemp(join(tmpdir(), "povline-e2e-"));
    place.env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("POVLINE_")),
    );
    await place.importRows(rows);
    const made = await place.povline("app", "create", "--data", "platform", "--isv", "test", "--name", "e2e", "--format", "json");
    const app = JSON.parse(made);
    const { app_key, secret } = Array.isArray(app) ? app[0] : app;
    await writeFile(join(place.directory, "secret"), secret, { mode: 0o600 });
    await place.povline("app", "grant", "--data", "platform", "--write", app_key, POV);
    place.port = await freePort();
    place.adminPort = await freePort();
    Object.assign(place.env, {
      POVLINE_URL: `http://127.0.0.1:${place.port}/router/rest`,
      POVLINE_APP_KEY: app_key,
      POVLINE_SECRET_FILE: join(place.directory, "secret"),
    });
    await place.bringPlatformBack();
    const clinicPort = await freePort();
    place.address = `http://127.0.0.1:${clinicPort}`;
    place.clinicPort = clinicPort;
    place.stale = String(staleSeconds);
    place.read = ["sync", "--data", "agent", "--povs", POV, "--first-day", "0", "--last-day", String(lastDay)];
    await place.povline(...place.read, "--once");
    place.token = (await place.povline("clinic", "token", POV, "--data", "agent")).trim();
    await place.startAgent();
    return place;
  }

  async startAgent({ confirmSeconds = 1 } = {}) {
    this.agent = this.spawn(...this.read, "--today-seconds", "1", "--other-days-seconds", "1", "--confirm-after-seconds", `${confirmSeconds}`,
      "--clinic", `127.0.0.1:${this.clinicPort}`, "--clinic-stale-today-seconds", this.stale,
      "--clinic-stale-other-seconds", this.stale);
    await until("the desk is served", () => this.answers(`${this.address}/pair`));
    // In the evening today's list is read every ten minutes only: here it is asked for, at any hour,
    // as often as a desk may.
    clearInterval(this.asking);
    this.asking = setInterval(() => this.askForToday(), 10_500);
    await this.askForToday();
  }

  /** Has today's list read now; the desk lets this be asked six times a minute. */
  async askForToday() {
    await fetch(`${this.address}/v1/pull`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: "{}",
    }).catch(() => {});
  }

  async stopAgent() {
    await stop(this.agent);
  }

  async bringPlatformBack() {
    this.platform = this.spawn("serve", "--data", "platform", "--listen", `127.0.0.1:${this.port}`,
      "--admin", `127.0.0.1:${this.adminPort}`);
    await until("the platform answers", () => this.answers(`http://127.0.0.1:${this.adminPort}/health`));
  }

  async takePlatformAway() {
    await stop(this.platform);
  }

  async povline(...args) {
    return (await run(BINARY, args, { cwd: this.directory, env: this.env })).stdout;
  }

  async povlineWithInput(input, ...args) {
    const child = spawn(BINARY, args, { cwd: this.directory, env: this.env, stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(input);
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  }

  spawn(...args) {
    return spawn(BINARY, args, { cwd: this.directory, env: this.env, stdio: ["ignore", "ignore", process.env.E2E_LOUD ? "inherit" : "ignore"] });
  }

  async answers(address) {
    try {
      return (await fetch(address)).ok;
    } catch {
      return false;
    }
  }

  /** Appointments as they are on the platform from now on. */
  async importRows(rows) {
    const header = "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n";
    await writeFile(join(this.directory, "rows.csv"), header + rows.map((row) => `${row.join(",")}\n`).join(""));
    await this.povline("import", "--data", "platform", "--isv", "test", "--create-povs", "rows.csv");
  }

  /** Has something done on the platform. */
  async call(method, ...parameters) {
    await this.povline("call", method, ...parameters);
  }

  /** What the platform shows of today. */
  async platformRows() {
    const text = await this.povline("pull", "--pov", POV, "--day", today(), "--format", "ndjson").catch((error) => {
      throw new Error(`cannot pull: ${error.stderr}`);
    });
    return text.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** How often the platform was told of picks, and of which appointments it took one down. */
  async picksThere() {
    const told = async (...args) => {
      const text = await this.povline(...args, "--data", "platform", "--format", "ndjson");
      return text.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
    };
    const calls = await told("log", "--method", "alibaba.health.vaccin.order.update");
    const picks = await told("audit", "list", "--action", "pick");
    return [calls.length, picks.map((pick) => pick.object)];
  }

  async addStaff(name, ...flags) {
    await this.povlineWithInput(`${PIN}\n`, "clinic", "staff", "add", POV, name, ...flags, "--data", "agent");
  }

  async pairingCode(...flags) {
    return (await this.povline("clinic", "pair", POV, "--name", "desk 1", ...flags, "--data", "agent")).trim();
  }

  async fleetToken() {
    return (await this.povline("clinic", "token", "--fleet", "--data", "agent")).trim();
  }

  async stop() {
    clearInterval(this.asking);
    await stop(this.agent);
    await stop(this.platform);
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function stop(child) {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** A browser's window at a desk: paired and signed in by the pages themselves. */
export async function signIn(window, place, name, language = "en") {
  const page = await window.newPage();
  await page.goto(`${place.address}/pair?lang=${language}`);
  await page.fill("#code", await place.pairingCode());
  await page.keyboard.press("Enter");
  await page.waitForURL("**/sign-in");
  await page.selectOption("#staff", { label: name });
  await page.fill("#pin", PIN);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${place.address}/`);
  // A browser gives the focus with its next frame, which may come after the page's load.
  await page.waitForSelector("#q:focus");
  return page;
}

/** The public screen in a browser's window, paired by its page. */
export async function screenPage(window, place, language = "en") {
  const page = await window.newPage();
  await page.goto(`${place.address}/pair?lang=${language}`);
  await page.fill("#code", await place.pairingCode("--screen"));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/screen");
  return page;
}

/** The fleet page in a browser's window, signed in by its page. */
export async function fleetPage(window, place, language = "en") {
  const page = await window.newPage();
  await page.goto(`${place.address}/fleet/sign-in?lang=${language}`);
  await page.fill("#token", await place.fleetToken());
  await page.keyboard.press("Enter");
  await page.waitForURL("**/fleet");
  return page;
}

/** No rule of accessibility is broken. */
async function isAccessible(page, what) {
  await page.evaluate(AXE);
  let told = [];
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const found = await page.evaluate(() => globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    }));
    told = found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
    if (told.length === 0) return;
  }
  throw new Error(`${what}: ${told.join("\n")}`);
}

/** Nothing is wider than the window. */
async function fits(page, what) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (inner > outer) throw new Error(`${what}: ${inner} pixels wide in a window of ${outer}`);
}

/** A picture of a page, where E2E_SHOTS says. */
export async function shoot(page, what) {
  if (!process.env.E2E_SHOTS) return;
  await page.screenshot({ path: join(process.env.E2E_SHOTS, `${what}.png`), fullPage: true });
}

/** On paper: nothing is wider than it. */
export async function onPaper(page, what) {
  await page.setViewportSize({ width: 794, height: 1123 });
  await fits(page, what);
  await shoot(page, what);
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** As it stands: accessible. */
export async function looks(page, what) {
  await page.waitForLoadState();
  await isAccessible(page, what);
  await fits(page, what);
  await shoot(page, what);
}

/** Wide and narrow, light and dark. */
export async function inEveryLook(page, what) {
  for (const [size, width, height] of [["wide", 1280, 900], ["narrow", 390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await looks(page, `${what}-${size}-${colorScheme}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}

/** The same in Chinese and in English, in which it stays. */
export async function inBothLanguages(page, what) {
  const address = new URL(page.url());
  for (const language of ["zh", "en"]) {
    address.searchParams.set("lang", language);
    await page.goto(address.href);
    await inEveryLook(page, `${what}-${language}`);
  }
}

/** Goes on with Tab until what is meant has the focus, and is seen to have it. */
export async function tabTo(page, selector) {
  for (let steps = 0; steps < 200; steps += 1) {
    const isThere = await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
    if (isThere) {
      const isSeen = await page.evaluate(() => document.activeElement.matches(":focus-visible"));
      if (!isSeen) throw new Error(`nobody sees that ${selector} has the focus`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not lead to ${selector}`);
}
