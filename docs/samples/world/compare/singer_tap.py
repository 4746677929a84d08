"""A tap of the Meltano Singer SDK, synced as a full table: what a sync shows is what is.

pip install singer-sdk; povline world run foreign-period -- python3 singer_tap.py
"""
import contextlib, hashlib, hmac, io, json, logging, os, time, urllib.parse, urllib.request

from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BasePageNumberPaginator
from singer_sdk.streams import RESTStream

URL, ADMIN, KEY, SECRET = (os.environ[name] for name in ("URL", "ADMIN", "APP_KEY", "SECRET"))
PER_SECOND, sent = int(os.environ.get("CALLS_PER_SECOND", "0")), 0
logging.disable(logging.CRITICAL)


def admin(path, body=None):
    return urllib.request.urlopen(ADMIN + path, body, timeout=60).read().decode()


def pace():
    """After as many calls as a second allows, waits for the next one."""
    global sent
    sent += 1
    if PER_SECOND and sent % PER_SECOND == 0:
        admin("/advance?seconds=1", b"\n")


class Pages(BasePageNumberPaginator):
    def has_more(self, response):
        return len(rows_of(response)) == 200


def rows_of(response):
    result = response.json()["alibaba_health_vaccin_appointment_query_response"]["result"]
    return result["model"]["data_list"]["pov_appointment_record_dto"]


class Appointments(RESTStream):
    name, path, primary_keys = "appointments", "/router/rest", ("appointment_id",)
    url_base = URL.rsplit("/router/", 1)[0]
    schema = th.PropertiesList(*(th.Property(name, kind) for name, kind in (
        ("appointment_id", th.StringType), ("out_pov_id", th.StringType),
        ("appointment_time", th.StringType), ("appointment_period", th.StringType),
        ("pick_code", th.StringType), ("pick_status", th.IntegerType),
        ("name", th.StringType)))).to_dict()

    @property
    def partitions(self):
        lines = (line.split() for line in self.config["lists"].splitlines())
        return [{"out_pov_id": pov, "day": day} for pov, day in lines]

    def get_new_paginator(self):
        return Pages(start_value=1)

    def get_url_params(self, context, next_page_token):
        params = {"app_key": KEY, "method": "alibaba.health.vaccin.appointment.query", "v": "2.0",
                  "format": "json", "sign_method": "hmac-sha256", "page_size": "200",
                  "page_num": str(next_page_token or 1), "day": context["day"],
                  "out_pov_id": context["out_pov_id"],
                  "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600))}
        text = "".join(name + params[name] for name in sorted(params))
        pace()
        params["sign"] = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        return params

    def parse_response(self, response):
        yield from rows_of(response)


class TapClinics(Tap):
    name = "tap-clinics"
    config_jsonschema = th.PropertiesList(th.Property("lists", th.StringType)).to_dict()

    def discover_streams(self):
        return [Appointments(self)]


def sync(lists):
    """The records of one full sync, as a target gets them."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        TapClinics(config={"lists": lists}).sync_all()
    messages = (json.loads(line) for line in told.getvalue().splitlines() if line.startswith("{"))
    return [message["record"] for message in messages if message["type"] == "RECORD"]


view, last_sweeps = [], 2
while last_sweeps:
    last_sweeps -= json.loads(admin("/clock"))["at_rest"]
    try:
        view = sync(admin("/lists"))
    except Exception as error:
        print("the sync failed:", type(error).__name__)
    admin("/rows", "\n".join(map(json.dumps, view)).encode() or b"\n")
    admin("/advance?minutes=5", b"\n")
