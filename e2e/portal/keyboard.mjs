// What matters without a mouse: a call with the API tool, from choosing to reading and copying, and the
// rotation of a secret. And every fold, opened, for the eyes of axe.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Site, browser, clickThrough, inEveryLook, saysWhenPressed, signIn, today } from "./lib/harness.mjs";

const METHOD = "alibaba.health.vaccin.appointment.query";
const PARAM = "p.param_query_pov_appointment_record_by_date_req";
const LANGUAGES = { zh: "zh-CN", en: "en" };

let site;
let chromium;

before(async () => {
  site = await Site.start();
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  await site?.stop();
});

/** Presses Tab until the focus is where it is wanted; from a place of which the eye can tell. */
async function tabTo(page, selector) {
  for (let n = 0; n < 80; n += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate((wanted) => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
      return { isThere: one.matches(wanted), isSeen, html: one.outerHTML.slice(0, 120) };
    }, selector);
    assert.ok(here.isSeen, `the focus is not seen on ${here.html}`);
    if (here.isThere) return;
  }
  assert.fail(`the keyboard does not lead to ${selector}`);
}

async function follow(page, selector) {
  await tabTo(page, selector);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

test("a call is made, explained and copied without a mouse", async () => {
  const page = await signIn(chromium, site, "wang.li");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: site.address });
  await follow(page, 'header a[href="/tool"]');
  await tabTo(page, "#method");
  // Letters choose, too, but only those that come fast enough.
  const methods = await page.locator("#method option").count();
  for (let n = 0; n < methods && (await page.inputValue("#method")) !== METHOD; n += 1) {
    await page.keyboard.press("ArrowDown");
  }
  await follow(page, 'form[action="/tool"][method="get"] button');
  assert.equal(await page.inputValue("#method"), METHOD);
  await tabTo(page, `[name="${PARAM}.day"]`);
  await page.keyboard.type(today());
  await tabTo(page, `[name="${PARAM}.out_pov_id"]`);
  await page.keyboard.type(POV);
  await tabTo(page, "#call details summary");
  await page.keyboard.press("Enter");
  await tabTo(page, "#slip");
  await page.keyboard.press("ArrowDown");
  await follow(page, '#call button[value="call"]');
  assert.match(await page.textContent("#error"), /^25 /);
  await follow(page, '#outcome a[href*="/calls/"]');
  assert.ok(await page.locator("#cause").count());
  await follow(page, 'main a[href^="/tool?"]');
  await tabTo(page, `[name="${PARAM}.day"]`);
  await page.keyboard.type(today());
  await tabTo(page, `[name="${PARAM}.out_pov_id"]`);
  await page.keyboard.type(POV);
  await follow(page, '#call button[value="call"]');
  assert.match(await page.textContent("#answer"), /"total"/);
  await tabTo(page, "#outcome details:has(#sample-python) summary");
  await page.keyboard.press("Enter");
  await tabTo(page, '[data-copies="sample-python"]');
  assert.equal(await saysWhenPressed(page, "sample-python", () => page.keyboard.press("Enter")), "Copied");
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /APP_KEY = "102/);
  await page.context().close();
});

test("a secret is rotated, copied and put away without a mouse", async () => {
  const page = await signIn(chromium, site, "wang.li");
  await follow(page, 'tbody a[href^="/apps/102"]');
  const app = page.url();
  await tabTo(page, 'form[action$="/rotate"] [name="retire_old"]');
  await page.keyboard.press("Space");
  await follow(page, 'form[action$="/rotate"] button');
  const secret = await page.textContent("#secret");
  assert.match(secret, /^sandbox/);
  await tabTo(page, '[data-copies="secret"]');
  assert.match(await saysWhenPressed(page, "secret", () => page.keyboard.press("Enter")), /Copied|Selected/);
  await follow(page, `main a.button[href^="/apps/"]`);
  assert.equal(page.url(), app);
  assert.match(await page.textContent("#keys + p"), /1/);
  await page.context().close();
});

test("whatever the clipboard allows, the button says what it did", async () => {
  const said = { zh: ["已复制", "已选中,请按 Ctrl+C"], en: ["Copied", "Selected: press Ctrl+C"] };
  for (const [language, code] of Object.entries(LANGUAGES)) {
    const first = await signIn(chromium, site, "wang.li");
    const context = first.context();
    await context.addCookies([{ name: "lang", value: code, url: site.address }]);
    const [done, selected] = said[language];
    for (const [clipboard, command, expected] of [
      // With leave; without it, but by the selection; and neither.
      ["resolve", false, done],
      ["reject", true, done],
      ["reject", false, selected],
      [undefined, true, done],
      [undefined, false, selected],
    ]) {
      const page = await context.newPage();
      await page.addInitScript(([clipboard, command]) => {
        const writeText = () => clipboard === "resolve" ? Promise.resolve() : Promise.reject(new Error("no leave"));
        Object.defineProperty(navigator, "clipboard", { value: clipboard ? { writeText } : undefined });
        document.execCommand = () => command;
      }, [clipboard, command]);
      await page.goto(`${site.address}/apps`);
      await clickThrough(page, "tbody a");
      await clickThrough(page, 'form[action$="/rotate"] button');
      const button = page.locator('[data-copies="secret"]');
      const label = await button.textContent();
      assert.equal(await saysWhenPressed(page, "secret", () => button.click()), expected);
      if (expected === selected) {
        const chosen = await page.evaluate(() => getSelection().toString().trim());
        assert.equal(chosen, (await page.textContent("#secret")).trim());
      }
      // Pressed again meanwhile, it does not keep for its name what it has said.
      if (clipboard === "resolve") {
        await button.click();
        await page.locator('[data-copies="secret"]', { hasText: label }).waitFor();
      }
      await page.close();
    }
    await context.close();
  }
});

test("every fold of the consoles is opened and looked at", async () => {
  for (const [language, code] of Object.entries(LANGUAGES)) {
    const page = await signIn(chromium, site, "ops");
    await page.context().addCookies([{ name: "lang", value: code, url: site.address }]);
    const opened = async (name) => {
      const folds = await page.$$eval("main details", (all) => {
        for (const one of all) one.open = true;
        return all.length;
      });
      assert.ok(folds > 0, name);
      await inEveryLook(page, `${name}-${language}`);
    };
    await page.goto(`${site.address}/apps`);
    await clickThrough(page, "tbody a");
    await opened("open-app");
    await page.goto(`${site.address}/tool?method=${METHOD}`);
    await page.fill(`[name="${PARAM}.day"]`, today());
    await page.fill(`[name="${PARAM}.out_pov_id"]`, POV);
    await clickThrough(page, '#call button[value="call"]');
    await page.waitForSelector("#outcome");
    await opened("open-tool");
    await page.context().close();
  }
});
