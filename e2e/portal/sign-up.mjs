// A newcomer's whole way: from a browser that knows nothing of the sandbox to a good call of one's own
// program, with nobody asked and nothing read on the platform's machine.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { PASSWORD, POV, Site, browser, clickThrough, inEveryLook, saysWhenPressed, today } from "./lib/harness.mjs";

const run = promisify(execFile);
const LANGUAGES = { zh: "zh-CN", en: "en" };

let site;
let chromium;

before(async () => {
  site = await Site.start(undefined, []);
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  await site?.stop();
});

/** Fills the form in and sends it. */
async function signUp(page, name, password = PASSWORD) {
  await page.fill("#name", name);
  await page.fill("#password", password);
  await page.fill("#again", password);
  await clickThrough(page, 'form[action="/sign-up"] button');
}

/** Runs the program that the page offers, and looks at what it prints. */
async function makesAGoodCall(page, secret, file) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#program")]);
  const program = join(site.directory, file);
  await download.saveAs(program);
  const { stdout } = await run("python3", [program], { env: { ...site.env, APP_SECRET: secret } });
  const { result } = JSON.parse(stdout).alibaba_health_vaccin_appointment_query_response;
  assert.equal(result.success, true, stdout);
  const rows = result.model.data_list.pov_appointment_record_dto;
  assert.ok(rows.length > 0 && rows.every((row) => row.appointment_time === today() && row.out_pov_id === POV), stdout);
}

test("the start page leads to a key, and the key to a good answer", async () => {
  const context = await chromium.newContext({ locale: "en-GB", acceptDownloads: true });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: site.address });
  const page = await context.newPage();
  await page.goto(`${site.address}/docs/start`);
  await clickThrough(page, 'main a[href="/sign-up"]');
  await signUp(page, "new.comer");
  const copied = async (what) => {
    assert.equal(await saysWhenPressed(page, what, () => page.click(`[data-copies="${what}"]`)), "Copied");
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const key = await copied("app-key");
  const secret = await copied("secret");
  assert.match(key, /^102\d{7}$/);
  assert.match(secret, /^sandbox[0-9a-f]{25}$/);
  await makesAGoodCall(page, secret, "newcomer.py");
  // The samples hold the key, and the log the call.
  await page.goto(`${site.address}/docs/start`);
  assert.match(await page.textContent('#program pre[aria-label="Python"]'), new RegExp(`APP_KEY = "${key}"`));
  await page.goto(`${site.address}/apps/${key}/calls?code=0`);
  assert.equal(await page.locator("tbody tr").count(), 1);
  await context.close();
});

test("without a script, in both languages", async () => {
  for (const [language, code] of Object.entries(LANGUAGES)) {
    const context = await chromium.newContext({ javaScriptEnabled: false, locale: code, acceptDownloads: true });
    const page = await context.newPage();
    await page.goto(`${site.address}/sign-in`);
    await clickThrough(page, 'main a[href="/sign-up"]');
    await signUp(page, `plain.${language}`);
    assert.equal(await page.getAttribute("html", "lang"), code);
    await makesAGoodCall(page, await page.textContent("#secret"), `plain-${language}.py`);
    await context.close();
  }
});

test("form, refusal and welcome look well", async () => {
  for (const [language, code] of Object.entries(LANGUAGES)) {
    const context = await chromium.newContext({ locale: code });
    const page = await context.newPage();
    await page.goto(`${site.address}/sign-up`);
    await inEveryLook(page, `sign-up-${language}`);
    await signUp(page, "new.comer");
    await page.locator("[role=alert]").waitFor();
    await inEveryLook(page, `sign-up-refused-${language}`);
    await signUp(page, `well.${language}`);
    await page.locator("#secret").waitFor();
    await inEveryLook(page, `welcome-${language}`);
    await page.goto(`${site.address}/docs/start`);
    await inEveryLook(page, `start-${language}`);
    await context.close();
  }
});

test("nobody signs up where it is switched off", async () => {
  const closed = await Site.start(["serve", "--sandbox", "--data", "data", "--portal", "127.0.0.1:7003", "--sign-ups", "0"], []);
  const page = await chromium.newPage();
  try {
    const answer = await page.goto(`${closed.address}/sign-up`);
    assert.equal(answer.status(), 404);
    for (const path of ["/sign-in", "/docs/start"]) {
      await page.goto(closed.address + path);
      assert.equal(await page.locator('a[href="/sign-up"]').count(), 0, path);
    }
  } finally {
    await page.close();
    await closed.stop();
  }
});
