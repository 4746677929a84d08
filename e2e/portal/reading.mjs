// The documentation as it is read without a mouse, without a script, and on paper.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";

import { Site, browser, saysWhenPressed } from "./lib/harness.mjs";

const METHOD = "/docs/alibaba.health.vaccin.appointment.query";
const LANGUAGES = ["zh-CN", "en"];
const FILES = ["Call.java", "Call.cs", "call.php", "call.sh", "call.py", "call.c", "call.js"];

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

/** A page of the documentation in a window of its own. */
async function open(path, language, options = {}) {
  const context = await chromium.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  await page.goto(`${site.address}${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
  return page;
}

/** What has the focus: what it is, where it leads, and how its focus is seen. */
const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    what: one.tagName.toLowerCase(),
    href: one.getAttribute("href"),
    id: one.id,
    copies: one.dataset.copies,
    role: one.getAttribute("role"),
    lang: one.lang,
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    shown: one.checkVisibility({ visibilityProperty: true }) && box.right > 0 && box.bottom > 0,
    place: [...document.querySelectorAll("*")].indexOf(one),
  };
});

test("the keyboard reaches everything, in the order of the page, and shows where it is", async () => {
  for (const language of LANGUAGES) {
    for (const path of [METHOD, "/docs/start", "/docs/errors"]) {
      const page = await open(path, language);
      const stops = [];
      for (let presses = 0; presses < 600; presses += 1) {
        await page.keyboard.press("Tab");
        const stop = await focused(page);
        if (stop === null || stop.place === stops[0]?.place) break;
        // A date is one element with a stop for each of its parts, which the browser marks itself.
        const isPart = stop.place === stops.at(-1)?.place;
        assert.ok(stop.shown && (isPart || stop.outline >= 2), `${path}: the focus is not seen: ${JSON.stringify(stop)}`);
        assert.ok(stops.every((before) => before.place <= stop.place), `${path}: out of order: ${JSON.stringify(stop)}`);
        stops.push(stop);
      }
      const reaches = (what, is) => assert.ok(stops.some(is), `${path} ${language}: ${what} is not reached`);
      assert.equal(stops[0].href, "#main");
      reaches("the other language", (stop) => stop.lang === LANGUAGES.find((other) => other !== language));
      reaches("the menu", (stop) => stop.href === "/docs/faq");
      if (path === METHOD) {
        // One stop for each row of tabs: the chosen one. Arrows lead to the others.
        const tabs = stops.filter((stop) => stop.role === "tab").map((stop) => stop.href);
        assert.deepEqual(tabs, ["#sample-java", "#answer-xml", "#refusal-xml"]);
        reaches("the copy button", (stop) => stop.copies === "Call.java");
        reaches("the form", (stop) => stop.id === "in-app_key");
        reaches("the download", (stop) => stop.href?.includes("/samples/Call.java"));
      }
      if (path === "/docs/start") reaches("the copy button", (stop) => stop.copies === "call.py");
      await page.context().close();
    }
  }
});

test("arrow keys go from tab to tab, and the address goes along", async () => {
  const page = await open(METHOD, "en");
  await page.focus("#tab-sample-java");
  const stands = async (slug) => {
    assert.equal((await focused(page)).href, `#sample-${slug}`);
    const panels = await page.$$eval("#samples ~ .tabs [role=tabpanel]", (all) =>
      all.filter((one) => one.id.startsWith("sample-") && one.checkVisibility()).map((one) => one.id));
    assert.deepEqual(panels, [`sample-${slug}`]);
    const chosen = await page.$$eval('.tab-links [href^="#sample-"][aria-selected="true"]', (all) => all.map((one) => one.hash));
    assert.deepEqual(chosen, [`#sample-${slug}`]);
    assert.equal(await page.evaluate(() => location.hash), `#sample-${slug}`);
  };
  for (const [key, slug] of [
    ["ArrowRight", "dotnet"], ["ArrowRight", "php"], ["ArrowLeft", "dotnet"], ["End", "nodejs"],
    ["ArrowRight", "java"], ["ArrowLeft", "nodejs"], ["Home", "java"],
  ]) {
    await page.keyboard.press(key);
    await stands(slug);
  }
  // From the tab the way leads into what it shows, and an address with a tab begins there.
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Tab");
  assert.ok((await focused(page)).href.includes("/samples/Call.cs"));
  await page.goto(`${site.address}${METHOD}?lang=en#sample-python`);
  await page.reload();
  assert.ok(await page.isVisible("#sample-python") && !(await page.isVisible("#sample-java")));
  await page.context().close();
});

test("a button copies the program that it stands beside", async () => {
  for (const [language, [before, after]] of Object.entries({ "zh-CN": ["复制", "已复制"], en: ["Copy", "Copied"] })) {
    const page = await open(METHOD, language, { permissions: ["clipboard-read", "clipboard-write"] });
    await page.focus("#tab-sample-java");
    await page.keyboard.press("End");
    const button = page.locator('button[data-copies="call.js"]');
    assert.equal(await button.textContent(), before);
    await button.focus();
    assert.equal(await saysWhenPressed(page, "call.js", () => page.keyboard.press("Enter")), after);
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await page.locator('pre[id="call.js"]').textContent());
    await page.context().close();
  }
});

test("without a script every sample is there, and its tab is a link", async () => {
  const page = await open(METHOD, "en", { javaScriptEnabled: false });
  assert.equal(await page.locator("button[data-copies]:visible").count(), 0);
  assert.ok(await page.isVisible("#sample-java"));
  await page.click('a[href="#sample-python"]');
  await page.locator("#sample-python").waitFor();
  await page.locator("#sample-java").waitFor({ state: "hidden" });
  await page.context().close();
});

/** What a page prints, read back without its blanks: a line that is too long goes on in the next. */
async function printed(page) {
  const pdf = await page.pdf({ format: "A4", margin: { top: "15mm", bottom: "15mm", left: "15mm", right: "15mm" } });
  const child = spawn("pdftotext", ["-layout", "-", "-"], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(pdf);
  return bare(await text(child.stdout));
}

const bare = (text) => text.replace(/\s+/g, "");

test("on paper everything is unfolded, nothing leads nowhere, and nothing is cut off", async () => {
  for (const language of LANGUAGES) {
    for (const path of [METHOD, "/docs/povline.appointment.book", "/docs/start", "/docs/errors", "/docs/signing", "/docs/limits"]) {
      const page = await open(path, language);
      // A4 without its margins.
      await page.setViewportSize({ width: 680, height: 900 });
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      const seen = await page.evaluate(() => {
        const shown = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
        const wide = document.documentElement.clientWidth;
        return {
          hidden: [...document.querySelectorAll(".tab, .tab > h3, details > *, pre, tr")].filter((one) => !one.checkVisibility()).length,
          navigation: shown("header, nav, .tab-links, .on-page, .fill, button, .skip, .docs-to-menu").map((one) => one.className || one.tagName),
          cut: shown("main *").filter((one) => one.getBoundingClientRect().right > wide + 1 || one.scrollWidth > one.clientWidth + 1 && one.matches("pre, .scroll")).map((one) => one.outerHTML.slice(0, 120)),
          background: getComputedStyle(document.body).backgroundColor,
          ink: getComputedStyle(document.body).color,
          bare: shown('.docs-text :is(p, li, dd) a[href^="/"]').filter((one) => !getComputedStyle(one, "::after").content.includes(one.getAttribute("href"))).map((one) => one.outerHTML),
        };
      });
      const { background, ink, ...wrong } = seen;
      assert.deepEqual(wrong, { hidden: 0, navigation: [], cut: [], bare: [] }, `${path} ${language}`);
      assert.deepEqual([background, ink], ["rgb(255, 255, 255)", "rgb(0, 0, 0)"], "dark paper");
      const paper = await printed(page);
      const programs = await page.$$eval(".tab pre[id], #program pre[id]", (all) => all.map((one) => [one.id, one.textContent]));
      if (path.includes(".")) assert.deepEqual(programs.map(([file]) => file), FILES);
      for (const [file, program] of programs) {
        for (const line of program.split("\n").map(bare)) {
          // What is no ASCII may stand in a font that the reader of the paper cannot read back.
          if (/^[\x21-\x7e]+$/.test(line)) assert.ok(paper.includes(line), `${path} ${file}: ${line}`);
        }
      }
      if (path === METHOD) {
        for (const link of ["/docs/signing", "/docs/errors", "/docs/limits"]) assert.ok(paper.includes(`(${link})`), link);
        assert.ok(paper.includes("/router/rest"), "the gateway's address");
      }
      await page.context().close();
    }
  }
});
