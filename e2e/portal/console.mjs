// The whole way of an ISV's engineer: sign in, read, call, copy the call as a program, fail,
// understand, call again, rotate, run out of calls; and what an operator sees of it. The pages that
// everybody sees are looked at in pages.mjs, here those that only this way leads to.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import {
  PASSWORD, POV, Site, browser, clickThrough, inEveryLook, saysWhenPressed, signIn, today, until,
} from "./lib/harness.mjs";

const run = promisify(execFile);
const METHOD = "alibaba.health.vaccin.appointment.query";
const PARAM = "p.param_query_pov_appointment_record_by_date_req";

let site;
let chromium;
let page;
let appKey;
let refusedCall;

before(async () => {
  site = await Site.start();
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  await site?.stop();
});

const open = (path) => page.goto(site.address + path);
const field = (name) => page.locator(`[name="${PARAM}.${name}"]`);
const text = (selector) => page.textContent(selector);

/** Fills the form of the API tool for today's list. */
async function fill() {
  await open(`/tool?app=${appKey}&method=${METHOD}`);
  await field("day").fill(today());
  await field("out_pov_id").fill(POV);
  await field("page_size").fill("5");
}

async function call() {
  await clickThrough(page, '#call button[value="call"]');
  await page.waitForSelector("#outcome");
}

/** Looks at the page in both languages; what it shows was asked for by an address. */
async function inBothLanguages(name) {
  const address = page.url().split("#")[0].replace(/[?&]lang=[^&]*/, "");
  const query = address.includes("?") ? "&" : "?";
  for (const language of ["zh-CN", "en"]) {
    await page.goto(`${address}${query}lang=${language}`);
    await inEveryLook(page, `${name}-${language}`);
  }
}

/** Runs a program in Python with a secret, and tells what it prints. */
async function python(program, secret) {
  const file = join(site.directory, "copied.py");
  await writeFile(file, program);
  const { stdout } = await run("python3", [file], { env: { ...site.env, APP_SECRET: secret } });
  return stdout.trim();
}

/** An answer without its id and the blanks between its parts. */
const alike = (answer) =>
  answer.replace(/"request_id": ?"[^"]*"|<request_id>[^<]*/, "").replace(/\s+/g, "");

test("nobody sees an app without signing in, and a wrong password is refused", async () => {
  const context = await chromium.newContext({ locale: "en-GB" });
  page = await context.newPage();
  await open("/apps");
  assert.match(page.url(), /\/sign-in\?back=%2Fapps$/);
  await page.fill("#name", "wang.li");
  await page.fill("#password", "not the password");
  await page.click("main form button");
  assert.match(await text("[role=alert]"), /not right/);
  await inEveryLook(page, "sign-in-refused");
  await context.close();
});

test("an engineer signs in with the keyboard alone and finds the app", async () => {
  const context = await chromium.newContext({ locale: "en-GB" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: site.address });
  page = await context.newPage();
  await open("/apps");
  // A browser gives the focus with its next frame, which may come after the page's load.
  await page.waitForSelector("#name:focus");
  await page.keyboard.type("wang.li");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/apps");
  appKey = (await text("tbody td code")).trim();
  assert.match(appKey, /^102\d{7}$/);
});

test("a method's page reads in both languages, and the choice is remembered", async () => {
  await open(`/docs/${METHOD}?lang=zh-CN`);
  assert.match(await text("h1"), /预约记录查询/);
  // The reader's own key stands in the samples.
  assert.match(await text("#sample-python"), new RegExp(`APP_KEY = "${appKey}"`));
  await open("/apps");
  assert.match(await text("h1"), /我的应用/);
  await fill();
  await call();
  await inEveryLook(page, "tool-answer-zh");
  await open(`/docs/${METHOD}?lang=en`);
  assert.match(await text("h1"), /Query appointments/i);
  assert.match(await text("header"), /wang\.li/);
  await open("/apps");
  assert.match(await text("h1"), /My apps/);
});

test("a call is made with the API tool, and no secret stands in the page", async () => {
  await fill();
  await call();
  assert.match(await text("#answer"), /"pick_code"/);
  assert.match(await text("#canonical"), new RegExp(`app_key${appKey}`));
  assert.match(await text("#request"), /^POST http/);
  assert.equal(await page.locator("#outcome details").count(), 7);
  assert.doesNotMatch(await page.content(), /sandbox[0-9a-f]{25}/);
  await inEveryLook(page, "tool-answer");
  await page.selectOption("#form", "xml");
  await call();
  assert.match(await text("#answer"), /\n {2}<result>/);
});

test("the call is copied as a program, which gets the same answer", async () => {
  const app = JSON.parse(await readFile(join(site.directory, "data/sandbox-app.json"), "utf8"));
  for (const form of ["json", "xml"]) {
    await fill();
    await page.selectOption("#form", form);
    await page.selectOption("#sign_method", "hmac");
    await call();
    await page.click("#outcome summary >> text=Python");
    const said = await saysWhenPressed(page, "sample-python", () => page.click('[data-copies="sample-python"]'));
    assert.equal(said, "Copied");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(!copied.includes(app.secret));
    assert.equal(alike(await python(copied, app.secret)), alike(await text("#answer")), copied);
  }
});

test("the tool is usable with the keyboard alone", async () => {
  await open(`/tool?app=${appKey}&method=${METHOD}`);
  await page.locator("#app").focus();
  const press = async (isThere) => {
    for (let n = 0; n < 20; n += 1) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate(() => document.activeElement.getAttribute("name"));
      const value = await page.evaluate(() => document.activeElement.getAttribute("value"));
      if (isThere(name ?? "", value)) return;
    }
    assert.fail("the keyboard does not lead there");
  };
  await press((name) => name.endsWith(".day"));
  await page.keyboard.type(today());
  await press((name) => name.endsWith(".out_pov_id"));
  await page.keyboard.type(POV);
  await press((name, value) => name === "do" && value === "call");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#outcome");
  assert.match(await text("#answer"), /"total"/);
});

test("a wrong signature is explained, and found in the request log", async () => {
  await fill();
  await page.click("details summary");
  await page.selectOption("#slip", "left-out");
  await call();
  assert.match(await text("#error"), /^25 Invalid signature/i);
  await inEveryLook(page, "tool-refused");
  refusedCall = await text("#request-id");
  await clickThrough(page, '#outcome a[href*="/calls/"]');
  assert.match(await text("#cause"), /param_query_pov_appointment_record_by_date_req/);
  await open(`/apps/${appKey}/calls?code=25`);
  await page.locator("tbody a", { hasText: refusedCall }).waitFor();
  await page.fill("#request_id", refusedCall);
  await clickThrough(page, "main form button");
  assert.equal(await page.locator("tbody tr").count(), 1);
});

test("the refused call is rebuilt as a form, and made well", async () => {
  await clickThrough(page, "tbody a");
  await clickThrough(page, 'a[href^="/tool?"]');
  assert.match(await text("main"), new RegExp(`Rebuilt from the call\\s+${refusedCall}`));
  // What was not signed well is nothing to rely on: the form is of the method, and empty.
  assert.equal(await field("out_pov_id").inputValue(), "");
  await field("day").fill(today());
  await field("out_pov_id").fill(POV);
  await call();
  assert.match(await text("#answer"), /"total"/);
});

test("a call of the log is rebuilt with its clinic and day", async () => {
  await open(`/apps/${appKey}/calls?code=0`);
  await clickThrough(page, "tbody a >> nth=0");
  await clickThrough(page, 'a[href^="/tool?"]');
  assert.equal(await field("out_pov_id").inputValue(), POV);
  assert.equal(await field("day").inputValue(), today());
  await call();
  assert.match(await text("#answer"), /"total"/);
});

test("a secret is rotated and shown this once", async () => {
  await open(`/apps/${appKey}`);
  await clickThrough(page, `form[action$="/rotate"] button`);
  const secret = await text("#secret");
  assert.match(secret, /^sandbox[0-9a-f]{25}$/);
  await inEveryLook(page, "secret");
  await clickThrough(page, "main a.button");
  assert.doesNotMatch(await page.content(), new RegExp(secret));
  assert.match(await text("#keys + p"), /2/);
  // A program signs with the new secret at once.
  await fill();
  await call();
  const answer = await python(await text("#sample-python"), secret);
  assert.equal(alike(answer), alike(await text("#answer")));
});

test("a quota is used up, and seen", async () => {
  const ops = await signIn(chromium, site, "ops");
  await ops.goto(`${site.address}/apps/${appKey}`);
  const used = Number((await ops.textContent("#limits ~ .scroll td:nth-child(3)")).split("/")[0].trim());
  assert.ok(used > 0);
  await ops.click("#limits ~ details:nth-of-type(2) summary");
  await ops.fill("#per-day", String(used + 2));
  await ops.click('form[action$="/limit"] button');
  await ops.waitForURL(`**/apps/${appKey}#limits`);
  // The gateway follows the book a moment later; calls go on until the quota says no.
  await until("a call is refused", async () => {
    await fill();
    await call();
    return page.locator("#error").count();
  });
  assert.match(await text("#error"), /^7 .*This ban will last for \d+ more seconds/);
  await open(`/apps/${appKey}`);
  assert.match(await text("[role=status]"), /used up.*This ban will last for \d+ more seconds/s);
  assert.ok(await page.locator(".use .fill-bad").count());
  // The picture of the day counts it among its outcomes.
  const outcomes = page.locator("#calls ~ .scroll tr", { hasText: "7 App Call Limited" });
  assert.equal((await outcomes.locator("td.number").textContent()).trim(), "1");
  assert.ok(await page.locator(".chart rect title", { hasText: "7 App Call Limited: 1" }).count());
  await inBothLanguages("used-up");

  await ops.goto(`${site.address}/operator/audit`);
  await clickThrough(ops, 'form[action$="/verify"] button');
  assert.match(await ops.textContent("[role=status]"), /The chain holds/);
  assert.match(await ops.textContent("tbody"), /rotate_secret/);
  await inEveryLook(ops, "audit-verified");
  await ops.goto(`${site.address}/operator/calls/${refusedCall}`);
  assert.match(await ops.textContent("#cause"), /param_query_pov_appointment_record_by_date_req/);
  await ops.context().close();
});

test("nobody sees what is not theirs", async () => {
  for (const path of ["/operator", "/operator/audit", "/operator/calls"]) {
    const answer = await open(path);
    assert.equal(answer.status(), 403, path);
  }
  const other = await signIn(chromium, site, "zhao.wu");
  for (const path of [`/apps/${appKey}`, `/apps/${appKey}/calls`, `/apps/${appKey}/calls/${refusedCall}`]) {
    const answer = await other.goto(site.address + path);
    assert.equal(answer.status(), 404, path);
  }
  await other.context().close();
});

test("without a script everything works", async () => {
  const plain = await signIn(chromium, site, "zhao.wu", { javaScriptEnabled: false });
  await plain.fill("#app-name", "desk");
  await clickThrough(plain, 'form[action="/apps"] button');
  assert.match(await plain.textContent("#secret"), /^sandbox/);
  await clickThrough(plain, "main a.button");
  await clickThrough(plain, 'a[href^="/tool"]:not(header a)');
  await plain.fill(`[name="${PARAM}.day"]`, today());
  await plain.fill(`[name="${PARAM}.out_pov_id"]`, POV);
  await clickThrough(plain, '#call button[value="call"]');
  assert.match(await plain.textContent("#answer"), /"total"/);
  await plain.context().close();
});

test("another password ends the session, and signing out does", async () => {
  const elsewhere = await signIn(chromium, site, "wang.li");
  await open("/account");
  await page.fill("#old", PASSWORD);
  await page.fill("#new", `${PASSWORD} 2`);
  await page.fill("#again", `${PASSWORD} 2`);
  await clickThrough(page, 'form[action="/account"] button');
  assert.match(page.url(), /\/account$/);
  assert.equal(await page.locator("[role=alert]").count(), 0);
  await elsewhere.goto(`${site.address}/apps`);
  assert.match(elsewhere.url(), /\/sign-in/);
  await elsewhere.context().close();
  await page.click('form[action="/sign-out"] button');
  await page.waitForURL("**/sign-in");
  await open("/apps");
  assert.match(page.url(), /\/sign-in/);
});
