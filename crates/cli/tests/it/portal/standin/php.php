<?php
// A stand-in for the public types of the PHP SDK: as much of them as generated classes touch.
class RequestCheckUtil
{
    public static function checkNotNull($value, $name)
    {
        if ($value === null || $value === '') {
            throw new Exception("client-check-error:Missing Required Arguments: $name", 40);
        }
    }
}

class TopClient
{
    public $appkey;
    public $secretKey;
    public $gatewayUrl;
    public $format = 'json';

    public function execute($request)
    {
        $request->check();
        $params = $request->getApiParas() + [
            'app_key' => $this->appkey,
            'format' => $this->format,
            'method' => $request->getApiMethodName(),
            'sign_method' => 'md5',
            'timestamp' => gmdate('Y-m-d H:i:s', time() + 8 * 3600),
            'v' => '2.0',
        ];
        ksort($params);
        $text = $this->secretKey;
        foreach ($params as $name => $value) {
            $text .= $name . $value;
        }
        $params['sign'] = strtoupper(md5($text . $this->secretKey));
        $call = curl_init($this->gatewayUrl);
        curl_setopt($call, CURLOPT_POSTFIELDS, http_build_query($params));
        curl_setopt($call, CURLOPT_RETURNTRANSFER, true);
        return json_decode(curl_exec($call));
    }
}
