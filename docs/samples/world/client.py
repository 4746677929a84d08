"""The usual client in 30 lines: reads every list page by page, and hands in what it has.

povline world run town -- python3 client.py
"""
import hashlib, hmac, json, os, time, urllib.parse, urllib.request

URL, ADMIN, KEY, SECRET = (os.environ[name] for name in ("URL", "ADMIN", "APP_KEY", "SECRET"))

def get(url, data=None):
    return urllib.request.urlopen(url, data, timeout=30).read().decode()

def page(pov, day, number):
    request = {"out_pov_id": pov, "day": day, "page_num": number, "page_size": 200}
    params = {"app_key": KEY, "method": "alibaba.health.vaccin.appointment.query", "v": "2.0",
              "format": "json", "sign_method": "hmac-sha256",
              "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600)),
              "param_query_pov_appointment_record_by_date_req": json.dumps(request)}
    text = "".join(name + params[name] for name in sorted(params))
    params["sign"] = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
    answer = json.loads(get(URL, urllib.parse.urlencode(params).encode()))
    model = answer["alibaba_health_vaccin_appointment_query_response"]["result"]["model"]
    return model["data_list"]["pov_appointment_record_dto"]

lists, at_rest = {}, False  # what this client believes: the rows of each list
while not at_rest:
    at_rest = json.loads(get(ADMIN + "/clock"))["at_rest"]
    for pov, day in (line.split() for line in get(ADMIN + "/lists").splitlines()):
        try:
            rows, number = [], 1
            while len(rows) == 200 * (number - 1):
                rows, number = rows + page(pov, day, number), number + 1
            lists[pov, day] = rows
        except Exception as error:
            print(pov, day, "failed:", error)
    view = "\n".join(json.dumps(row) for rows in lists.values() for row in rows)
    get(ADMIN + "/rows", view.encode())
    get(ADMIN + "/advance?minutes=5", b"")
