// From nothing to the first good call, as both READMEs and the portal's start page tell it: their
// steps are read from them and followed to the letter, but for ports that are free. How long they
// take is told; building the program and a person's reading and typing come in addition.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { POV, Site, browser, clickThrough, enoughOfToday, today } from "./lib/harness.mjs";

const run = promisify(execFile);
const ROOT = new URL("../..", import.meta.url).pathname;
const PORTAL = "http://127.0.0.1:7003";
const SECTIONS = {
  "README.md": "### From a clean clone to a good call of your own",
  "README.zh-CN.md": "### 从克隆到自己的第一次成功调用",
};

/** The most that the steps may take: what the READMEs promise. */
const SECONDS_MAX = 5 * 60;

/** What the section of a README tells to type, and names that stand between. */
function steps(file) {
  const section = readFileSync(join(ROOT, file), "utf8").split(SECTIONS[file])[1].split("\n#")[0];
  return [...section.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
}

/** The one of them that begins so. */
function step(file, begin) {
  const found = steps(file).filter((text) => text.startsWith(begin));
  assert.equal(found.length, 1, `${file}: ${begin}: ${found.join("; ")}`);
  return found[0];
}

/** Serves by the README's command. */
function serve(file) {
  const program = "cargo run --release -- ";
  const command = step(file, program);
  return Site.start(command.slice(program.length).split(" "), []);
}

/** Types commands into one shell in the directory in which the platform was started. */
async function shell(site, ...commands) {
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

for (const file of Object.keys(SECTIONS)) {
  test(`${file}: its commands alone lead to a good call`, async (told) => {
    await enoughOfToday();
    const began = performance.now();
    const site = await serve(file);
    try {
      const app = JSON.parse(await shell(site, step(file, "cat ")));
      assert.match(app.app_key, /^102\d{7}$/);
      const take = step(file, "curl -o call.py");
      assert.ok(take.includes("app_key=…"), take);
      await shell(site, take.replace(PORTAL, site.address).replace("app_key=…", `app_key=${app.app_key}`));
      assert.ok(!(await readFile(join(site.directory, "call.py"), "utf8")).includes(app.secret));
      good(await shell(site, step(file, "export ").replace("…", app.secret), step(file, "python3 ")));
      const seconds = (performance.now() - began) / 1000;
      told.diagnostic(`from \`serve\` to the good call: ${seconds.toFixed(1)} s, the build and a person's time not counted`);
      assert.ok(seconds < SECONDS_MAX, `${seconds} s`);
    } finally {
      await site.stop();
    }
  });
}

test("the start page leads to a good call, in either language", async () => {
  const site = await serve("README.md");
  const window = await browser();
  try {
    const page = await window.newPage({ locale: "en-GB" });
    const commands = () => page.$$eval('pre[aria-label="sh"]', (all) => all.map((one) => one.textContent.trim()));
    await page.goto(`${site.address}/docs/start?lang=zh-CN`);
    const chinese = await commands();
    await page.goto(`${site.address}/docs/start?lang=en`);
    const shown = await commands();
    assert.deepEqual(chinese, shown);
    // Where strangers are let in, they are not told where the platform keeps its data.
    assert.equal(shown.length, 2, shown.join("\n"));
    for (const command of shown) assert.ok(steps("README.md").includes(command), command);
    const [put, start] = shown;
    const app = JSON.parse(await shell(site, step("README.md", "cat ")));
    await page.fill("#app_key", app.app_key);
    await clickThrough(page, "main form button");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#program a[download]")]);
    assert.equal(download.suggestedFilename(), "call.py");
    await download.saveAs(join(site.directory, "call.py"));
    // Whoever copies it from the page has the same.
    const copied = await page.textContent('#program pre[aria-label="Python"]');
    assert.equal((await readFile(join(site.directory, "call.py"), "utf8")).trim(), copied.trim());
    assert.ok(!copied.includes(app.secret));
    good(await shell(site, put.replace("…", app.secret), start));
  } finally {
    await window.close();
    await site.stop();
  }
});

test("both READMEs tell the same steps", () => {
  assert.deepEqual(steps("README.zh-CN.md"), steps("README.md"));
  for (const file of Object.keys(SECTIONS)) {
    assert.ok(readFileSync(join(ROOT, file), "utf8").includes(`<${PORTAL}/docs/start>`), file);
  }
});
