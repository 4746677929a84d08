// alibaba.health.vaccin.appointment.query (Query appointments)
// Java 11 or newer, no library. Run:  APP_SECRET=... java Call.java
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Call {
    static final String URL = "http://127.0.0.1:7001/router/rest";
    static final String APP_KEY = "12345678";

    public static void main(String[] arguments) throws Exception {
        String secret = System.getenv("APP_SECRET");
        if (secret == null || secret.isEmpty()) {
            System.err.println("set APP_SECRET to the app's secret");
            System.exit(2);
        }
        String timestamp = ZonedDateTime.now(ZoneOffset.ofHours(8))
            .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss"));

        Map<String, String> params = new TreeMap<>();
        params.put("app_key", APP_KEY);
        params.put("format", "json");
        params.put("method", "alibaba.health.vaccin.appointment.query");
        params.put("param_query_pov_appointment_record_by_date_req", "{\"day\":\"2020-01-18\",\"out_pov_id\":\"00001\",\"page_num\":1,\"page_size\":200}");
        params.put("sign_method", "hmac-sha256");
        params.put("timestamp", timestamp);
        params.put("v", "2.0");
        params.put("sign", sign(params, secret));

        StringBuilder body = new StringBuilder();
        for (Map.Entry<String, String> param : params.entrySet()) {
            body.append(body.length() == 0 ? "" : "&").append(param.getKey()).append('=')
                .append(URLEncoder.encode(param.getValue(), StandardCharsets.UTF_8));
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(URL))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
        HttpResponse<String> answer = HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        // The gateway answers everything with 200, its errors too: anything else is not from it.
        if (answer.statusCode() != 200) {
            System.err.println("HTTP " + answer.statusCode());
            System.exit(1);
        }
        new PrintStream(System.out, true, StandardCharsets.UTF_8).println(answer.body());
    }

    /** Names and values, sorted by name, run together and signed. */
    static String sign(Map<String, String> sorted, String secret) throws Exception {
        StringBuilder text = new StringBuilder();
        sorted.forEach((name, value) -> text.append(name).append(value));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        StringBuilder sign = new StringBuilder();
        for (byte part : mac.doFinal(text.toString().getBytes(StandardCharsets.UTF_8))) {
            sign.append(String.format("%02X", part));
        }
        return sign.toString();
    }
}
