#!/usr/bin/env bash
# alibaba.health.vaccin.appointment.query (Query appointments)
# bash, curl and openssl. Run:  APP_SECRET=... bash call.sh
set -euo pipefail
: "${APP_SECRET:?set APP_SECRET to the secret of the app}"
url='http://127.0.0.1:7001/router/rest'
app_key='12345678'
timestamp=$(TZ=UTC-8 date '+%Y-%m-%d %H:%M:%S')

# Names and values, sorted by name in byte order.
params=(
  'app_key' "$app_key"
  'format' 'json'
  'method' 'alibaba.health.vaccin.appointment.query'
  'param_query_pov_appointment_record_by_date_req' '{"day":"2020-01-18","out_pov_id":"00001","page_num":1,"page_size":200}'
  'sign_method' 'md5'
  'timestamp' "$timestamp"
  'v' '2.0'
)

text=$(printf '%s' "${params[@]}")
# MD5 of secret, text, secret. For an HMAC openssl wants the secret on its command line, where
# other users of the machine can read it.
sign=$(printf '%s%s%s' "$APP_SECRET" "$text" "$APP_SECRET" | openssl dgst -md5 | sed 's/.*= //' | tr a-f A-F)

form=()
for ((at = 0; at < 14; at += 2)); do
  form+=(--data-urlencode "${params[at]}=${params[at + 1]}")
done
answer=$(curl --silent --show-error --max-time 30 --write-out '\n%{http_code}' \
  "$url" "${form[@]}" --data-urlencode "sign=$sign")
# The gateway answers everything with 200, its errors too: anything else is not from it.
status=${answer##*$'\n'}
if [ "$status" != 200 ]; then
  echo "HTTP $status" >&2
  exit 1
fi
printf '%s\n' "${answer%$'\n'*}"
