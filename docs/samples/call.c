/* alibaba.health.vaccin.appointment.query (Query appointments)
 * C or C++ with libcurl and OpenSSL. Run:  APP_SECRET=... sh -c 'cc call.c -o call -lcurl -lcrypto && ./call'
 */
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define URL "http://127.0.0.1:7001/router/rest"
#define APP_KEY "12345678"

static char text[65536], body[65536], answer[1 << 20];

/* Appends to one of the two; a call that is longer is a mistake. */
static void append(char *out, const char *more)
{
    if (!more || strlen(out) + strlen(more) >= sizeof text) {
        fputs("a parameter is missing or too long\n", stderr);
        exit(2);
    }
    strcat(out, more);
}

/* Keeps a part of the answer; 0 ends the call, for the answer is too long. */
static size_t keep(char *part, size_t size, size_t count, void *unused)
{
    size_t length = strlen(answer), more = size * count;
    (void)unused;
    if (length + more >= sizeof answer) return 0;
    memcpy(answer + length, part, more);
    return more;
}

int main(void)
{
    const char *secret = getenv("APP_SECRET");
    if (!secret || !*secret) {
        fputs("set APP_SECRET to the app's secret\n", stderr);
        return 2;
    }
    char timestamp[32], sign[2 * 32 + 1];
    time_t now = time(NULL) + 8 * 3600;
    strftime(timestamp, sizeof timestamp, "%Y-%m-%d %H:%M:%S", gmtime(&now));

    /* Sorted by name in byte order, as the signature wants them. */
    const char *params[][2] = {
        {"app_key", APP_KEY},
        {"format", "json"},
        {"method", "alibaba.health.vaccin.appointment.query"},
        {"param_query_pov_appointment_record_by_date_req", "{\"day\":\"2020-01-18\",\"out_pov_id\":\"00001\",\"page_num\":1,\"page_size\":200}"},
        {"sign_method", "hmac-sha256"},
        {"timestamp", timestamp},
        {"v", "2.0"},
        {"sign", sign},
    };
    const size_t count = sizeof params / sizeof params[0];

    for (size_t at = 0; at + 1 < count; at++) {
        append(text, params[at][0]);
        append(text, params[at][1]);
    }
    unsigned char mac[EVP_MAX_MD_SIZE];
    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)text, strlen(text), mac, NULL);
    for (int at = 0; at < 32; at++) snprintf(sign + 2 * at, 3, "%02X", mac[at]);

    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    if (!curl) return 1;
    for (size_t at = 0; at < count; at++) {
        char *value = curl_easy_escape(curl, params[at][1], 0);
        append(body, at ? "&" : "");
        append(body, params[at][0]);
        append(body, "=");
        append(body, value);
        curl_free(value);
    }
    curl_easy_setopt(curl, CURLOPT_URL, URL);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    CURLcode outcome = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    if (outcome != CURLE_OK) {
        fprintf(stderr, "%s\n", curl_easy_strerror(outcome));
        return 1;
    }
    /* The gateway answers everything with 200, its errors too: anything else is not from it. */
    if (status != 200) {
        fprintf(stderr, "HTTP %ld\n", status);
        return 1;
    }
    puts(answer);
    return 0;
}
