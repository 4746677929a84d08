// alibaba.health.vaccin.appointment.query (Query appointments)
// Mono 6, or .NET 6 as Program.cs of a console project; no library. Run on Mono:  APP_SECRET=... sh -c 'mcs -r:System.Net.Http Call.cs && mono Call.exe'
using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;

public static class Call
{
    const string Url = "http://127.0.0.1:7001/router/rest";
    const string AppKey = "12345678";

    public static int Main()
    {
        var secret = Environment.GetEnvironmentVariable("APP_SECRET");
        if (string.IsNullOrEmpty(secret))
        {
            Console.Error.WriteLine("set APP_SECRET to the app's secret");
            return 2;
        }
        var timestamp = DateTime.UtcNow.AddHours(8).ToString("yyyy-MM-dd HH:mm:ss");

        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            { "app_key", AppKey },
            { "format", "json" },
            { "method", "alibaba.health.vaccin.appointment.query" },
            { "param_query_pov_appointment_record_by_date_req", "{\"day\":\"2020-01-18\",\"out_pov_id\":\"00001\",\"page_num\":1,\"page_size\":200}" },
            { "sign_method", "hmac-sha256" },
            { "timestamp", timestamp },
            { "v", "2.0" },
        };
        parameters["sign"] = Sign(parameters, secret);

        using (var client = new HttpClient())
        {
            var answer = client.PostAsync(Url, new FormUrlEncodedContent(parameters)).Result;
            // The gateway answers everything with 200, its errors too: anything else is not from it.
            if ((int)answer.StatusCode != 200)
            {
                Console.Error.WriteLine("HTTP " + (int)answer.StatusCode);
                return 1;
            }
            Console.OutputEncoding = new UTF8Encoding(false);
            Console.WriteLine(answer.Content.ReadAsStringAsync().Result);
        }
        return 0;
    }

    /// <summary>Names and values, sorted by name, run together and signed.</summary>
    static string Sign(SortedDictionary<string, string> sorted, string secret)
    {
        var text = new StringBuilder();
        foreach (var parameter in sorted) text.Append(parameter.Key).Append(parameter.Value);
        using (var mac = new HMACSHA256(Encoding.UTF8.GetBytes(secret)))
        {
            var sign = mac.ComputeHash(Encoding.UTF8.GetBytes(text.ToString()));
            return BitConverter.ToString(sign).Replace("-", "");
        }
    }
}
