// The first page of a POV's day with Node.js 18 or newer.
// Needs URL, APP_KEY, SECRET in the environment; usage: node appointments.js 00001 2026-11-24
const { createHmac } = require("node:crypto");

const [pov, day] = process.argv.slice(2);
const params = {
  app_key: process.env.APP_KEY,
  format: "json",
  method: "alibaba.health.vaccin.appointment.query",
  param_query_pov_appointment_record_by_date_req: JSON.stringify({
    day, out_pov_id: pov, page_num: 1, page_size: 200,
  }),
  sign_method: "hmac-sha256",
  timestamp: new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 19).replace("T", " "),
  v: "2.0",
};
const canonical = Object.keys(params).sort().map((name) => name + params[name]).join("");
params.sign = createHmac("sha256", process.env.SECRET).update(canonical).digest("hex").toUpperCase();
fetch(process.env.URL, { method: "POST", body: new URLSearchParams(params) })
  .then((answer) => answer.text())
  .then(console.log);
