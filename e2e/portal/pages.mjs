// Every page of the site, in both languages, wide and narrow, light and dark. Which pages there are
// is read from the pages themselves.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { POV, Site, browser, each, looks, signIn, today } from "./lib/harness.mjs";

const METHOD = "alibaba.health.vaccin.appointment.query";
const PARAM = "p.param_query_pov_appointment_record_by_date_req";
const LANGUAGES = { zh: "zh-CN", en: "en" };
/** Pages that are looked at side by side. */
const AT_ONCE = 2;

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

/** A name for a picture of an address. */
const named = (path) => path.replace(/^\//, "").replace(/[^A-Za-z0-9.]+/g, "-") || "home";

/** Looks at each of these addresses in both languages. */
async function lookAt(context, paths, prefix) {
  const pages = [];
  while (pages.length < AT_ONCE) pages.push(await context.newPage());
  const wrong = [];
  for (const [language, code] of Object.entries(LANGUAGES)) {
    await context.addCookies([{ name: "lang", value: code, url: site.address }]);
    await each(pages, paths, async (page, path) => {
      await page.goto(site.address + path);
      const shown = await page.getAttribute("html", "lang");
      if (shown !== code) wrong.push(`${path}: ${shown}, not ${code}`);
      wrong.push(...(await looks(page, `${prefix}-${named(path)}-${language}`)));
    });
  }
  assert.deepEqual(wrong, []);
}

/** The links of a page that match. */
async function links(page, path, selector) {
  await page.goto(site.address + path);
  const found = await page.$$eval(selector, (all) => all.map((one) => one.getAttribute("href")));
  return [...new Set(found.map((link) => link.split("#")[0]))];
}

/** Makes a call with the API tool, and tells its id. */
async function call(page, method, values) {
  await page.goto(`${site.address}/tool?method=${method}`);
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`[name="${name}"]`);
    // What stands in a fold is filled in without opening it.
    if (name === "slip") await field.evaluate((one, word) => { one.value = word; }, value);
    else await field.fill(value);
  }
  await page.click('#call button[value="call"]');
  return page.textContent("#request-id");
}

test("the documentation", async () => {
  const context = await chromium.newContext();
  const page = await context.newPage();
  const inMenu = await links(page, "/docs", "nav.docs-menu a");
  for (const guide of ["start", "signing", "errors", "limits", "faq", "sdk"]) {
    assert.ok(inMenu.includes(`/docs/${guide}`), guide);
  }
  assert.ok(inMenu.filter((path) => path.includes(".")).length > 10, inMenu.join(" "));
  await page.close();
  await lookAt(context, ["/", "/docs", ...inMenu, "/docs/no.such.method", "/sign-in", "/sign-up"], "docs");
  await context.close();
});

test("the pages of an engineer", async () => {
  const page = await signIn(chromium, site, "wang.li");
  const [app] = await links(page, "/apps", "tbody a");
  const key = app.split("/").pop();
  // Before anything was called: the empty pages.
  await lookAt(page.context(), [app, `${app}/calls`], "new");
  const asked = { [`${PARAM}.day`]: today(), [`${PARAM}.out_pov_id`]: POV };
  const good = await call(page, METHOD, asked);
  const wrong = await call(page, METHOD, { ...asked, slip: "unsorted" });
  const refused = await call(page, METHOD, { ...asked, [`${PARAM}.out_pov_id`]: "no such clinic" });
  await page.goto(`${site.address}/tool`);
  const methods = await page.$$eval("#method option", (all) => all.map((one) => one.value));
  assert.ok(methods.length > 10, methods.join(" "));
  await lookAt(page.context(), [
    "/apps", app, `${app}/calls`, `${app}/calls?code=0`, `${app}/calls?day=never`, `${app}/calls?request_id=none`,
    ...[good, wrong, refused].map((id) => `${app}/calls/${id}`),
    ...methods.map((method) => `/tool?method=${method}`),
    `/tool?app=${key}&method=${METHOD}&like=${good}`,
    "/account", "/operator", `${app}/calls/none`, "/docs/start", `/docs/${METHOD}`,
  ], "own");
  await page.context().close();
});

test("the pages of an operator", async () => {
  const page = await signIn(chromium, site, "ops");
  const tabs = await links(page, "/operator", "nav.tabs a");
  assert.ok(tabs.length >= 5, tabs.join(" "));
  const apps = await links(page, "/apps", "tbody a");
  const calls = await links(page, "/operator/calls", "tbody a");
  assert.ok(calls.length >= 3, calls.join(" "));
  await lookAt(page.context(), [
    ...tabs, "/apps", ...apps, ...calls, "/operator/audit?action=sign_in", "/operator/povs?q=00002", "/tool", "/account",
  ], "operator");
  await page.context().close();
});
