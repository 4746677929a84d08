"""The usual loops, each as well as its idea allows: naive, counted, backward, twice.

povline world run foreign-period -- python3 loops.py naive
"""
import hashlib, hmac, http.client, json, os, sys, time, urllib.parse

URL, ADMIN = urllib.parse.urlsplit(os.environ["URL"]), urllib.parse.urlsplit(os.environ["ADMIN"])
KEY, SECRET, SIZE = os.environ["APP_KEY"], os.environ["SECRET"], 200
METHOD = "alibaba.health.vaccin.appointment.query"
PER_SECOND, sent = int(os.environ.get("CALLS_PER_SECOND", "0")), 0
kept = {}  # one kept connection for each address


class NoPage(Exception):
    """Whatever is not a page: broken connections, other statuses, errors, success=false."""


class Unproved(Exception):
    """The rows are true, but others may be missing."""

    def __init__(self, rows):
        self.rows = rows


def send(place, verb, path, body=None):
    headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
    for fresh in (False, True):
        connection = kept.get(place.netloc)
        if connection is None or fresh:
            connection = kept[place.netloc] = http.client.HTTPConnection(place.netloc, timeout=60)
        try:
            connection.request(verb, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if fresh:
                raise NoPage(str(error))


def admin(verb, path, body=None):
    status, text = send(ADMIN, verb, path, body)
    assert status == 200, text
    return text.decode()


def pace():
    """After as many calls as a second allows, waits for the next one."""
    global sent
    sent += 1
    if PER_SECOND and sent % PER_SECOND == 0:
        admin("POST", "/advance?seconds=1", b"\n")


def page(pov, day, number):
    """One page, tried three times: its rows, and the length of the list."""
    for attempt in range(3):
        pace()
        request = {"out_pov_id": pov, "day": day, "page_num": number, "page_size": SIZE}
        params = {"app_key": KEY, "method": METHOD, "v": "2.0", "format": "json",
                  "sign_method": "hmac-sha256",
                  "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600)),
                  "param_query_pov_appointment_record_by_date_req": json.dumps(request)}
        text = "".join(name + params[name] for name in sorted(params))
        params["sign"] = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        try:
            status, body = send(URL, "POST", URL.path, urllib.parse.urlencode(params))
            result = json.loads(body)["alibaba_health_vaccin_appointment_query_response"]["result"]
            if status == 200 and result["success"]:
                model = result["model"]
                rows = model["data_list"]["pov_appointment_record_dto"]
                if all("pick_status" in row for row in rows):
                    return rows, model.get("total")
        except (NoPage, ValueError, KeyError, TypeError):
            pass
    raise NoPage(f"{pov} {day} page {number}")


def forward(pov, day):
    rows, totals, number = [], [], 1
    while True:
        more, total = page(pov, day, number)
        rows, totals, number = rows + more, totals + [total], number + 1
        if len(more) < SIZE:
            return rows, totals


def by_id(rows):
    return {row["appointment_id"]: row for row in rows}


def naive(pov, day):
    return by_id(forward(pov, day)[0])


def counted(pov, day):
    for attempt in range(3):
        rows, totals = forward(pov, day)
        if set(totals) == {len(rows)} and len(by_id(rows)) == len(rows):
            return by_id(rows)
    raise Unproved(by_id(rows))


def backward(pov, day):
    rows, total = page(pov, day, 1)
    pages = max(1, -(-(total or len(rows)) // SIZE))
    if pages > 1:
        rows = [row for number in range(pages, 0, -1) for row in page(pov, day, number)[0]]
    return by_id(rows)


def twice(pov, day):
    before = by_id(forward(pov, day)[0])
    for attempt in range(5):
        after = by_id(forward(pov, day)[0])
        if before.keys() == after.keys():
            return after
        before = after
    raise Unproved(after)


way = {"naive": naive, "counted": counted, "backward": backward, "twice": twice}[sys.argv[1]]
lists, last_sweeps = {}, 2
while last_sweeps:
    last_sweeps -= json.loads(admin("GET", "/clock"))["at_rest"]
    unproved = []
    open_lists = [tuple(line.split()) for line in admin("GET", "/lists").splitlines()]
    for one in open_lists:
        try:
            lists[one] = way(*one)
        except Unproved as error:
            lists.setdefault(one, {}).update(error.rows)
            unproved.append(one)
        except NoPage:
            unproved.append(one)
    lists = {one: rows for one, rows in lists.items() if one in open_lists}
    lines = [json.dumps(row) for rows in lists.values() for row in rows.values()]
    lines += [json.dumps({"out_pov_id": pov, "appointment_time": day, "complete": False})
              for pov, day in unproved]
    admin("POST", "/rows", "\n".join(lines).encode())
    admin("POST", "/advance?minutes=5", b"\n")
