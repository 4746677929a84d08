// The day in the clinic, which the tests' appointments are of.

const SHANGHAI_MS = 8 * 3600e3;
const DAY_MS = 86400e3;

/** Longer than a script takes on a slow and busy machine. */
const ENOUGH_MS = 10 * 60e3;

/** Today in the clinic, or so many days later. */
export function today(ahead = 0) {
  return new Date(Date.now() + SHANGHAI_MS + ahead * DAY_MS).toISOString().slice(0, 10);
}

/** Waits for midnight if it is near: what is of today then stays so to the end of a test. */
export async function enoughOfToday() {
  const left = DAY_MS - (Date.now() + SHANGHAI_MS) % DAY_MS;
  if (left < ENOUGH_MS) await new Promise((done) => setTimeout(done, left));
}
