// alibaba.health.vaccin.appointment.query (Query appointments)
// Node.js 18 or newer, no package. Run:  APP_SECRET=... node call.js
const { createHmac } = require("node:crypto");

const URL = "http://127.0.0.1:7001/router/rest";
const APP_KEY = "12345678";

const secret = process.env.APP_SECRET;
if (!secret) {
  console.error("set APP_SECRET to the app's secret");
  process.exit(2);
}

const params = {
  "app_key": APP_KEY,
  "format": "json",
  "method": "alibaba.health.vaccin.appointment.query",
  "param_query_pov_appointment_record_by_date_req": JSON.stringify({"day": "2020-01-18", "out_pov_id": "00001", "page_num": 1, "page_size": 200}),
  "sign_method": "hmac-sha256",
  "timestamp": new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 19).replace("T", " "),
  "v": "2.0",
};

// Names and values, sorted by name, run together and signed.
const text = Object.keys(params).sort().map((name) => name + params[name]).join("");
params.sign = createHmac("sha256", secret).update(text).digest("hex").toUpperCase();

fetch(URL, {
  method: "POST",
  body: new URLSearchParams(params),
  signal: AbortSignal.timeout(30_000),
})
  .then((answer) => {
    // The gateway answers everything with 200, its errors too: anything else is not from it.
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`);
    return answer.text();
  })
  .then(console.log)
  .catch((error) => {
    console.error(error.message, error.cause ?? "");
    process.exitCode = 1;
  });
