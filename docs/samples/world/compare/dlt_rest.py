"""dlt's REST client and its scd2 merge: the partition of a merge key that was read is what is.

pip install 'dlt[duckdb]'; povline world run foreign-period -- python3 dlt_rest.py
"""
import hashlib, hmac, json, os, tempfile, time, urllib.parse, urllib.request

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")
import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from requests.auth import AuthBase

URL, ADMIN, KEY, SECRET = (os.environ[name] for name in ("URL", "ADMIN", "APP_KEY", "SECRET"))
PER_SECOND, sent = int(os.environ.get("CALLS_PER_SECOND", "0")), 0
BASE, PATH = URL.rsplit("/router/", 1)[0], "router/rest"
SELECTOR = ("alibaba_health_vaccin_appointment_query_response.result.model.data_list"
            ".pov_appointment_record_dto")


class TopSignature(AuthBase):
    """Signs whatever stands in the query, which the paginator has filled in by then."""

    def __call__(self, request):
        place = urllib.parse.urlsplit(request.url)
        params = dict(urllib.parse.parse_qsl(place.query, keep_blank_values=True))
        params["timestamp"] = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600))
        params.pop("sign", None)
        text = "".join(name + params[name] for name in sorted(params))
        params["sign"] = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        pace()
        request.url = urllib.parse.urlunsplit(place._replace(query=urllib.parse.urlencode(params)))
        return request


def admin(path, body=None):
    return urllib.request.urlopen(ADMIN + path, body, timeout=60).read().decode()


def pace():
    """After as many calls as a second allows, waits for the next one."""
    global sent
    sent += 1
    if PER_SECOND and sent % PER_SECOND == 0:
        admin("/advance?seconds=1", b"\n")


client = RESTClient(base_url=BASE, auth=TopSignature(), data_selector=SELECTOR)


@dlt.resource(name="appointments", primary_key="appointment_id",
              merge_key=("out_pov_id", "appointment_time"),
              write_disposition={"disposition": "merge", "strategy": "scd2"})
def appointments(lists):
    for pov, day in lists:
        params = {"app_key": KEY, "method": "alibaba.health.vaccin.appointment.query", "v": "2.0",
                  "format": "json", "sign_method": "hmac-sha256", "page_size": 200,
                  "out_pov_id": pov, "day": day}
        paginator = PageNumberPaginator(base_page=1, page_param="page_num", total_path=None)
        yield from client.paginate(PATH, params=params, paginator=paginator)


folder = tempfile.mkdtemp()
pipeline = dlt.pipeline("clinics", pipelines_dir=folder, dataset_name="clinic",
                        destination=dlt.destinations.duckdb(folder + "/clinics.duckdb"))
FIELDS = ("appointment_id", "out_pov_id", "appointment_time", "appointment_period", "pick_code",
          "pick_status", "name")
last_sweeps = 2
while last_sweeps:
    last_sweeps -= json.loads(admin("/clock"))["at_rest"]
    lists = [tuple(line.split()) for line in admin("/lists").splitlines()]
    try:
        pipeline.run(appointments(lists))
    except Exception as error:
        print("the run failed:", type(error).__name__)
        pipeline.drop_pending_packages()
    lines = []
    try:
        with pipeline.sql_client() as sql:
            with sql.execute_query(f"select {', '.join(FIELDS)} from appointments "
                                   "where _dlt_valid_to is null") as cursor:
                for row in cursor.fetchall():
                    fields = {name: str(value) for name, value in zip(FIELDS, row)
                              if value is not None}
                    if (fields["out_pov_id"], fields["appointment_time"][:10]) in set(lists):
                        fields["appointment_time"] = fields["appointment_time"][:10]
                        lines.append(json.dumps(fields))
    except Exception as error:
        print("nothing was loaded yet:", type(error).__name__)
    admin("/rows", "\n".join(lines).encode() or b"\n")
    admin("/advance?minutes=5", b"\n")
