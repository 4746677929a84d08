"""The first page of a POV's day with Python's standard library.

Needs URL, APP_KEY, SECRET in the environment; usage: appointments.py 00001 2026-11-24
"""
import hashlib, hmac, json, os, sys, time, urllib.parse, urllib.request

params = {
    "app_key": os.environ["APP_KEY"],
    "format": "json",
    "method": "alibaba.health.vaccin.appointment.query",
    "param_query_pov_appointment_record_by_date_req": json.dumps(
        {"out_pov_id": sys.argv[1], "day": sys.argv[2], "page_num": 1, "page_size": 200}
    ),
    "sign_method": "hmac-sha256",
    "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600)),
    "v": "2.0",
}
canonical = "".join(name + params[name] for name in sorted(params))
params["sign"] = hmac.new(
    os.environ["SECRET"].encode(), canonical.encode(), hashlib.sha256
).hexdigest().upper()
body = urllib.parse.urlencode(params).encode()
with urllib.request.urlopen(os.environ["URL"], body) as answer:
    print(answer.read().decode())
