// The browser, and how long anything is waited for.

import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Longer than anything takes on a slow and busy machine: only a run that fails ever waits so long. */
const WAIT_MS = 120_000;

/** Debian's Chromium. Its windows wait that long, and nothing in them is moving when it is looked at. */
export async function browser() {
  const started = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"], timeout: WAIT_MS });
  const newContext = started.newContext.bind(started);
  started.newContext = async (options) => {
    const context = await newContext({ reducedMotion: "reduce", ...options });
    context.setDefaultTimeout(WAIT_MS);
    return context;
  };
  return started;
}

/** Asks again and again until it is so. */
export async function until(what, isSo) {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const found = await isSo();
    if (found) return found;
    if (performance.now() > end) throw new Error(`it never was so: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
