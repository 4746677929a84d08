// The first page of a POV's day with Java 11 or newer.
// Needs URL, APP_KEY, SECRET in the environment; usage: java Appointments.java 00001 2026-11-24
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Appointments {
    public static void main(String[] args) throws Exception {
        var utf8 = StandardCharsets.UTF_8;
        var params = new TreeMap<String, String>();
        params.put("app_key", System.getenv("APP_KEY"));
        params.put("format", "json");
        params.put("method", "alibaba.health.vaccin.appointment.query");
        params.put("param_query_pov_appointment_record_by_date_req", String.format(
            "{\"day\":\"%s\",\"out_pov_id\":\"%s\",\"page_num\":1,\"page_size\":200}", args[1], args[0]));
        params.put("sign_method", "hmac-sha256");
        params.put("timestamp", ZonedDateTime.now(ZoneOffset.ofHours(8))
            .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")));
        params.put("v", "2.0");
        var canonical = params.entrySet().stream()
            .map(p -> p.getKey() + p.getValue()).collect(Collectors.joining());
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(System.getenv("SECRET").getBytes(utf8), "HmacSHA256"));
        var sign = new StringBuilder();
        for (byte b : mac.doFinal(canonical.getBytes(utf8))) sign.append(String.format("%02X", b));
        params.put("sign", sign.toString());
        var body = params.entrySet().stream()
            .map(p -> p.getKey() + "=" + URLEncoder.encode(p.getValue(), utf8))
            .collect(Collectors.joining("&"));
        var request = HttpRequest.newBuilder(URI.create(System.getenv("URL")))
            .header("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString(utf8));
        new java.io.PrintStream(System.out, true, utf8).println(answer.body());
    }
}
