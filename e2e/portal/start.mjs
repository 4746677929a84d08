// From nothing to the first good call, as the README and the portal's start page tell it: their
// steps are read from them and followed to the letter.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { POV, Site, browser, today } from "./lib/harness.mjs";

const run = promisify(execFile);
const ROOT = new URL("../..", import.meta.url).pathname;
const PORTAL = "http://127.0.0.1:7003";
const SECTIONS = {
  "README.md": "### From a clean clone to a good call of your own",
  "README.zh-CN.md": "### 从克隆到自己的第一次成功调用",
};

/** What the section of a README tells to type. */
function steps(file) {
  const section = readFileSync(join(ROOT, file), "utf8").split(SECTIONS[file])[1].split("\n#")[0];
  return [...section.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
}

const [serve] = steps("README.md");

let site;
let chromium;
let page;
/** The commands of the start page, in their order. */
let shown;

/** Types commands into one shell in the directory in which the platform was started. */
async function shell(...commands) {
  const { APP_SECRET, ...env } = site.env;
  const { stdout } = await run("sh", ["-ec", commands.join("\n")], { cwd: site.directory, env });
  return stdout;
}

function good(answer) {
  const { result } = JSON.parse(answer).alibaba_health_vaccin_appointment_query_response;
  assert.equal(result.success, true, answer);
  const rows = result.model.data_list.pov_appointment_record_dto;
  assert.ok(rows.length > 0 && rows.every((row) => row.appointment_time === today() && row.out_pov_id === POV), answer);
}

before(async () => {
  const program = "cargo run --release -- ";
  assert.ok(serve.startsWith(program), serve);
  site = await Site.start(serve.slice(program.length).split(" "), []);
  chromium = await browser();
  page = await chromium.newPage({ locale: "en-GB" });
});

after(async () => {
  await chromium?.close();
  await site?.stop();
});

test("the start page leads to a good call", async () => {
  await page.goto(`${site.address}/docs/start`);
  shown = await page.$$eval('pre[aria-label="sh"]', (all) => all.map((one) => one.textContent.trim()));
  assert.equal(shown.length, 3, shown.join("\n"));
  const [look, put, start] = shown;
  const app = JSON.parse(await shell(look));
  await page.fill("#app_key", app.app_key);
  await page.click("main form button");
  await page.waitForURL("**/docs/start?*");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#program a[download]")]);
  assert.equal(download.suggestedFilename(), "call.py");
  await download.saveAs(join(site.directory, "call.py"));
  // Whoever copies it from the page has the same.
  const copied = await page.textContent('#program pre[aria-label="Python"]');
  assert.equal((await readFile(join(site.directory, "call.py"), "utf8")).trim(), copied.trim());
  assert.ok(!copied.includes(app.secret));
  good(await shell(put.replace("…", app.secret), start));
});

test("the page says the same in both languages, and so do both READMEs", async () => {
  await page.goto(`${site.address}/docs/start?lang=zh-CN`);
  const chinese = await page.$$eval('pre[aria-label="sh"]', (all) => all.map((one) => one.textContent.trim()));
  assert.deepEqual(chinese, shown);
  assert.deepEqual(steps("README.zh-CN.md"), steps("README.md"));
  for (const command of shown) assert.ok(steps("README.md").includes(command), command);
  for (const file of Object.keys(SECTIONS)) {
    assert.ok(readFileSync(join(ROOT, file), "utf8").includes(`<${PORTAL}/docs/start>`), file);
  }
});

test("the terminal's way of the README leads there too", async () => {
  const [look, put, start] = shown;
  const app = JSON.parse(await shell(look));
  const take = steps("README.md").find((command) => command.startsWith("curl -o call.py"));
  assert.ok(take?.includes("app_key=…"), take);
  await shell("rm -f call.py", take.replace(PORTAL, site.address).replace("app_key=…", `app_key=${app.app_key}`));
  good(await shell(put.replace("…", app.secret), start));
});
