#!/bin/sh
# The usual client in shell; needs curl, openssl and jq.  povline world run village -- sh client.sh
set -eu
view=$(mktemp) && trap 'rm -f "$view"' EXIT
METHOD=alibaba.health.vaccin.appointment.query
REQUEST=param_query_pov_appointment_record_by_date_req

page() { # POV DAY NUMBER: how many rows it has, then the rows; fails if it is no page
  now=$(TZ=UTC-8 date '+%Y-%m-%d %H:%M:%S')
  request="{\"out_pov_id\":\"$1\",\"day\":\"$2\",\"page_num\":$3,\"page_size\":200}"
  text="app_key${APP_KEY}formatjsonmethod$METHOD$REQUEST${request}sign_methodhmac-sha256timestamp${now}v2.0"
  sign=$(printf %s "$text" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.*= //' | tr a-f A-F)
  curl -sS "$URL" --data-urlencode "app_key=$APP_KEY" -d format=json -d "method=$METHOD" \
    --data-urlencode "$REQUEST=$request" -d sign_method=hmac-sha256 -d v=2.0 \
    --data-urlencode "timestamp=$now" -d "sign=$sign" |
    jq -ce '.[].result | select(.success) | .model.data_list.pov_appointment_record_dto | length, .[]'
}

at_rest=false
while [ "$at_rest" = false ]; do
  at_rest=$(curl -sS "$ADMIN/clock" | jq .at_rest)
  : > "$view"
  curl -sS "$ADMIN/lists" | while read -r pov day; do
    number=1
    while rows=$(page "$pov" "$day" "$number"); do
      printf '%s\n' "$rows" | sed 1d >> "$view"
      [ "${rows%%[!0-9]*}" -eq 200 ] || break
      number=$((number + 1))
    done
  done
  curl -sS --data-binary "@$view" "$ADMIN/rows"
  curl -sS -X POST "$ADMIN/advance?minutes=30" > /dev/null
done
