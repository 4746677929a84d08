#!/usr/bin/env python3
"""alibaba.health.vaccin.appointment.query (Query appointments)

Python 3.7 or newer, no package. Run:  APP_SECRET=... python3 call.py
"""
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL = "http://127.0.0.1:7001/router/rest"
APP_KEY = "12345678"

secret = os.environ.get("APP_SECRET") or sys.exit("set APP_SECRET to the app's secret")

params = {
    "app_key": APP_KEY,
    "format": "json",
    "method": "alibaba.health.vaccin.appointment.query",
    "param_query_pov_appointment_record_by_date_req": json.dumps({"day": "2020-01-18", "out_pov_id": "00001", "page_num": 1, "page_size": 200}),
    "sign_method": "hmac-sha256",
    "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600)),
    "v": "2.0",
}

# Names and values, sorted by name, run together and signed.
text = "".join(name + params[name] for name in sorted(params))
params["sign"] = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()

body = urllib.parse.urlencode(params).encode()
try:
    with urllib.request.urlopen(URL, body, timeout=30) as answer:
        status, text = answer.status, answer.read()
except urllib.error.HTTPError as error:
    status = error.code
# The gateway answers everything with 200, its errors too: anything else is not from it.
if status != 200:
    sys.exit("HTTP %d" % status)
sys.stdout.buffer.write(text + b"\n")
