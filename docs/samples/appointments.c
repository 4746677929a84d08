/* The first page of a POV's day in C, with libcurl and OpenSSL:
 *   cc appointments.c -o appointments -lcurl -lcrypto
 * Needs URL, APP_KEY, SECRET in the environment; usage: ./appointments 00001 2026-11-24
 */
#include <curl/curl.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
    if (argc != 3 || !getenv("URL") || !getenv("APP_KEY") || !getenv("SECRET")) return 2;
    char query[256], timestamp[32], sign[65];
    snprintf(query, sizeof query,
             "{\"day\":\"%s\",\"out_pov_id\":\"%s\",\"page_num\":1,\"page_size\":200}", argv[2], argv[1]);
    time_t now = time(NULL) + 8 * 3600;
    strftime(timestamp, sizeof timestamp, "%Y-%m-%d %H:%M:%S", gmtime(&now));
    /* Sorted by name, as the signature wants them. */
    const char *params[][2] = {
        {"app_key", getenv("APP_KEY")}, {"format", "json"},
        {"method", "alibaba.health.vaccin.appointment.query"},
        {"param_query_pov_appointment_record_by_date_req", query},
        {"sign_method", "hmac-sha256"}, {"timestamp", timestamp}, {"v", "2.0"}, {"sign", sign}};
    const size_t signed_count = 7, count = 8;

    char canonical[2048] = "";
    for (size_t i = 0; i < signed_count; i++) {
        strncat(canonical, params[i][0], sizeof canonical - strlen(canonical) - 1);
        strncat(canonical, params[i][1], sizeof canonical - strlen(canonical) - 1);
    }
    unsigned char digest[32];
    HMAC(EVP_sha256(), getenv("SECRET"), (int)strlen(getenv("SECRET")),
         (unsigned char *)canonical, strlen(canonical), digest, NULL);
    for (int i = 0; i < 32; i++) sprintf(sign + 2 * i, "%02X", digest[i]);

    CURL *curl = curl_easy_init();
    curl_mime *form = curl_mime_init(curl);
    for (size_t i = 0; i < count; i++) {
        curl_mimepart *part = curl_mime_addpart(form);
        curl_mime_name(part, params[i][0]);
        curl_mime_data(part, params[i][1], CURL_ZERO_TERMINATED);
    }
    curl_easy_setopt(curl, CURLOPT_URL, getenv("URL"));
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, form);
    CURLcode outcome = curl_easy_perform(curl);
    putchar('\n');
    curl_mime_free(form);
    curl_easy_cleanup(curl);
    return outcome == CURLE_OK ? 0 : 1;
}
