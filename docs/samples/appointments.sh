#!/bin/sh
# The first page of a POV's day with curl and openssl.
# Needs URL, APP_KEY, SECRET in the environment; usage: appointments.sh 00001 2026-11-24
set -eu
query="{\"day\":\"$2\",\"out_pov_id\":\"$1\",\"page_num\":1,\"page_size\":200}"
timestamp=$(TZ=UTC-8 date '+%Y-%m-%d %H:%M:%S')
method=alibaba.health.vaccin.appointment.query
canonical="app_key${APP_KEY}formatjsonmethod${method}param_query_pov_appointment_record_by_date_req${query}sign_methodhmac-sha256timestamp${timestamp}v2.0"
sign=$(printf %s "$canonical" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.*= //' | tr a-f A-F)
curl -sS "$URL" \
  --data-urlencode "app_key=$APP_KEY" --data-urlencode format=json \
  --data-urlencode "method=$method" --data-urlencode sign_method=hmac-sha256 \
  --data-urlencode "timestamp=$timestamp" --data-urlencode v=2.0 \
  --data-urlencode "param_query_pov_appointment_record_by_date_req=$query" \
  --data-urlencode "sign=$sign"
echo
