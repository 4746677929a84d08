// The site as a reader meets it: the binary that POVLINE names, or the debug build, serves a
// sandbox of its own on ports of its own, and Debian's Chromium looks at it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { enoughOfToday } from "../../day.mjs";

export { browser, until } from "../../browser.mjs";
export { enoughOfToday, today } from "../../day.mjs";

const ROOT = new URL("../../..", import.meta.url).pathname;
const BINARY = process.env.POVLINE ?? join(ROOT, "target/debug/povline");
/** Where pictures of every look are kept, if anybody wants them. */
const PICTURES = process.env.E2E_PICTURES;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The clinic that every sandbox has. */
export const POV = "00001";
export const PASSWORD = "correct horse battery staple";

/** A platform as it is made for a test, and the people who use its site. */
const ARGUMENTS = ["serve", "--sandbox", "--data", "data", "--portal", "127.0.0.1:7003"];
const PEOPLE = [["--isv", "sandbox", "wang.li"], ["--isv", "another", "zhao.wu"], ["--operator", "ops"]];

export class Site {
  /** Serves with these arguments, but at ports that are free. */
  static async start(args = ARGUMENTS, people = PEOPLE) {
    await enoughOfToday();
    const site = new Site();
    site.directory = await mkdtemp(join(tmpdir(), "povline-e2e-"));
    site.env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("POVLINE_")),
    );
    const loopback = "127.0.0.1:0";
    site.server = spawn(
      BINARY,
      [...args.map((arg) => arg.replace(/^127\.0\.0\.1:\d+$/, loopback)), "--listen", loopback, "--admin", loopback],
      { cwd: site.directory, env: site.env, stdio: ["ignore", "ignore", "pipe"] },
    );
    const lines = createInterface({ input: site.server.stderr });
    site.address = await new Promise((found, failed) => {
      const told = [];
      lines.on("line", (line) => {
        told.push(line);
        const portal = line.match(/^portal .*(http:\/\/\S+)/);
        if (portal) found(portal[1].replace(/\/$/, ""));
      });
      site.server.once("exit", (code) => failed(new Error(`the platform ended with ${code}:\n${told.join("\n")}`)));
    });
    for (const person of people) await site.povline(PASSWORD, "user", "add", "--data", "data", ...person);
    return site;
  }

  /** Runs a command that reads one line. */
  async povline(line, ...args) {
    const child = spawn(BINARY, args, { cwd: this.directory, env: this.env, stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(`${line}\n`);
    const [code] = await once(child, "exit");
    assert.equal(code, 0, `povline ${args.join(" ")} ended with ${code}`);
  }

  async stop() {
    if (this.server.exitCode === null) {
      this.server.kill("SIGTERM");
      await once(this.server, "exit");
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A browser's window in which somebody is signed in by the page itself. */
export async function signIn(chromium, site, name, options = {}) {
  const context = await chromium.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  await page.goto(`${site.address}/sign-in`);
  await page.fill("#name", name);
  await page.fill("#password", PASSWORD);
  await page.click("main form button");
  await page.waitForURL("**/apps");
  return page;
}

/** Clicks what leads to another page, and waits until the whole of that is there. */
export async function clickThrough(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

/** What the button that copies this says once it is pressed. It says so for some seconds only. */
export async function saysWhenPressed(page, copied, press) {
  await page.evaluate((what) => {
    const button = document.querySelector(`button[data-copies="${what}"]`);
    globalThis.said = new Promise((tell) => {
      new MutationObserver(() => tell(button.textContent)).observe(button, { childList: true });
    });
  }, copied);
  await press();
  return page.evaluate(() => globalThis.said);
}

const WIDTHS = [1280, 390];

/** What sticks out of the page sideways, if anything does. */
async function stickingOut(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const over = document.documentElement.scrollWidth - wide;
    if (over <= 0) return [];
    const by = [...document.querySelectorAll("main *, header *")]
      .filter((element) => element.getBoundingClientRect().right > wide + 1 && !element.closest(".scroll, pre, svg"))
      .slice(0, 5);
    return [`${over} px stick out: ${by.map((element) => element.outerHTML.slice(0, 120)).join("\n")}`];
  });
}

/** Opens every fold and every tab, and gives back what closes them again. */
async function opened(page) {
  const undo = await page.evaluateHandle(() => {
    const folds = [...document.querySelectorAll("details:not([open])")];
    for (const fold of folds) fold.open = true;
    // A page takes no style from within, but from its own scripts.
    const style = new CSSStyleSheet();
    style.replaceSync(".tabs > .tab, .tabs > .tab[hidden] { display: block !important; }");
    document.adoptedStyleSheets.push(style);
    return () => {
      for (const fold of folds) fold.open = false;
      document.adoptedStyleSheets.pop();
    };
  });
  const closed = await page.evaluate(() =>
    [...document.querySelectorAll("details, .tabs > .tab")]
      .filter((one) => !(one.checkVisibility() && one.offsetHeight > 0 && one.open !== false))
      .map((one) => one.outerHTML.slice(0, 120)));
  assert.deepEqual(closed, [], "something cannot be opened");
  return () => undo.evaluate((close) => close());
}

/** What axe finds; with rules, by these alone. */
async function axe(page, ...rules) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  return page.evaluate(async (only) => {
    const options = { resultTypes: ["violations"] };
    if (only.length > 0) options.runOnly = { type: "rule", values: only };
    const found = await window.axe.run(document, options);
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }, rules);
}

/**
 * Looks at a page wide and narrow, light and dark, and tells what is wrong: what sticks out, and
 * what axe finds while every tab and fold is open. The page is not loaded again for it, and what only colours can change is all that
 * is looked at in the dark.
 */
export async function looks(page, name) {
  await page.waitForLoadState();
  const wrong = [];
  const tell = (where, found) => wrong.push(...found.map((what) => `${name}, ${where}: ${what}`));
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const where = `${colorScheme}, ${width} px`;
      if (PICTURES) {
        mkdirSync(PICTURES, { recursive: true });
        await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      }
      if (colorScheme === "light") tell(where, await stickingOut(page));
      const close = await opened(page);
      if (colorScheme === "light") tell(`${where}, all open`, await stickingOut(page));
      tell(where, await axe(page, ...(colorScheme === "light" ? [] : ["color-contrast"])));
      await close();
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
  return wrong;
}

/** The same, and nothing must be wrong. */
export async function inEveryLook(page, name) {
  assert.deepEqual(await looks(page, name), []);
}

/** Does the same with each, so many at a time. */
export async function each(workers, items, work) {
  const waiting = [...items];
  const one = async (worker) => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(worker, item);
  };
  await Promise.all(workers.map(one));
}
