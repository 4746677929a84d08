<?php
// alibaba.health.vaccin.appointment.query (Query appointments)
// PHP 7.4 or newer with curl. Run:  APP_SECRET=... php call.php
const URL = 'http://127.0.0.1:7001/router/rest';
const APP_KEY = '12345678';

$secret = getenv('APP_SECRET');
if ($secret === false || $secret === '') {
    fwrite(STDERR, "set APP_SECRET to the app's secret\n");
    exit(2);
}

$params = [
    'app_key' => APP_KEY,
    'format' => 'json',
    'method' => 'alibaba.health.vaccin.appointment.query',
    'param_query_pov_appointment_record_by_date_req' => json_encode(['day' => '2020-01-18', 'out_pov_id' => '00001', 'page_num' => 1, 'page_size' => 200], JSON_UNESCAPED_UNICODE),
    'sign_method' => 'hmac-sha256',
    'timestamp' => gmdate('Y-m-d H:i:s', time() + 8 * 3600),
    'v' => '2.0',
];

// Names and values, sorted by name, run together and signed.
ksort($params, SORT_STRING);
$text = '';
foreach ($params as $name => $value) {
    $text .= $name . $value;
}
$params['sign'] = strtoupper(hash_hmac('sha256', $text, $secret));

$call = curl_init(URL);
curl_setopt_array($call, [
    CURLOPT_POSTFIELDS => http_build_query($params),
    CURLOPT_HTTPHEADER => ['Content-Type: application/x-www-form-urlencoded;charset=UTF-8'],
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 30,
]);
$answer = curl_exec($call);
if ($answer === false) {
    fwrite(STDERR, curl_error($call) . "\n");
    exit(1);
}
// The gateway answers everything with 200, its errors too: anything else is not from it.
$status = curl_getinfo($call, CURLINFO_RESPONSE_CODE);
if ($status !== 200) {
    fwrite(STDERR, "HTTP $status\n");
    exit(1);
}
echo $answer, "\n";
