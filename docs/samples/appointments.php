<?php
// The first page of a POV's day with PHP 7.4 or newer.
// Needs URL, APP_KEY, SECRET in the environment; usage: php appointments.php 00001 2026-11-24
$params = [
    'app_key' => getenv('APP_KEY'),
    'format' => 'json',
    'method' => 'alibaba.health.vaccin.appointment.query',
    'param_query_pov_appointment_record_by_date_req' => json_encode(
        ['day' => $argv[2], 'out_pov_id' => $argv[1], 'page_num' => 1, 'page_size' => 200]
    ),
    'sign_method' => 'hmac-sha256',
    'timestamp' => gmdate('Y-m-d H:i:s', time() + 8 * 3600),
    'v' => '2.0',
];
ksort($params, SORT_STRING);
$canonical = '';
foreach ($params as $name => $value) {
    $canonical .= $name . $value;
}
$params['sign'] = strtoupper(hash_hmac('sha256', $canonical, getenv('SECRET')));
echo file_get_contents(getenv('URL'), false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => 'Content-Type: application/x-www-form-urlencoded;charset=UTF-8',
    'content' => http_build_query($params),
]])), "\n";
