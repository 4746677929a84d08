// The first page of a POV's day with .NET (or mono: mcs -r:System.Net.Http Appointments.cs).
// Needs URL, APP_KEY, SECRET in the environment; usage: Appointments.exe 00001 2026-11-24
using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;

public static class Appointments
{
    public static void Main(string[] args)
    {
        Func<string, string> env = Environment.GetEnvironmentVariable;
        var query = "{\"day\":\"" + args[1] + "\",\"out_pov_id\":\"" + args[0] + "\",\"page_num\":1,\"page_size\":200}";
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            { "app_key", env("APP_KEY") },
            { "format", "json" },
            { "method", "alibaba.health.vaccin.appointment.query" },
            { "param_query_pov_appointment_record_by_date_req", query },
            { "sign_method", "hmac-sha256" },
            { "timestamp", DateTime.UtcNow.AddHours(8).ToString("yyyy-MM-dd HH:mm:ss") },
            { "v", "2.0" },
        };
        var canonical = new StringBuilder();
        foreach (var p in parameters) canonical.Append(p.Key).Append(p.Value);
        using (var mac = new HMACSHA256(Encoding.UTF8.GetBytes(env("SECRET"))))
        {
            var sign = mac.ComputeHash(Encoding.UTF8.GetBytes(canonical.ToString()));
            parameters["sign"] = BitConverter.ToString(sign).Replace("-", "");
        }
        using (var client = new HttpClient())
        {
            var answer = client.PostAsync(env("URL"), new FormUrlEncodedContent(parameters)).Result;
            Console.OutputEncoding = new UTF8Encoding(false);
            Console.WriteLine(answer.Content.ReadAsStringAsync().Result);
        }
    }
}
