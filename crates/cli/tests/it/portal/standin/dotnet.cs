// A stand-in for the public types of the .NET SDK: as much of them as generated classes touch.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Http;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Serialization;

namespace Top.Api
{
    [Serializable]
    public abstract class TopObject { }

    [Serializable]
    public abstract class TopResponse
    {
        [XmlElement("code")]
        public string ErrCode { get; set; }
        [XmlElement("msg")]
        public string ErrMsg { get; set; }
        [XmlIgnore]
        public string Body { get; set; }
        public bool IsError { get { return !string.IsNullOrEmpty(ErrCode); } }
    }

    public interface ITopRequest<out T> where T : TopResponse
    {
        string GetApiName();
        IDictionary<string, string> GetParameters();
        void Validate();
    }

    public abstract class BaseTopRequest<T> : ITopRequest<T> where T : TopResponse
    {
        internal Util.TopDictionary otherParams;
        public abstract string GetApiName();
        public abstract IDictionary<string, string> GetParameters();
        public abstract void Validate();
    }

    public class DefaultTopClient
    {
        private readonly string url, appKey, secret;

        public DefaultTopClient(string url, string appKey, string secret)
        {
            this.url = url;
            this.appKey = appKey;
            this.secret = secret;
        }

        public T Execute<T>(ITopRequest<T> request) where T : TopResponse
        {
            request.Validate();
            var parameters = new SortedDictionary<string, string>(request.GetParameters(), StringComparer.Ordinal);
            parameters["app_key"] = appKey;
            parameters["format"] = "xml";
            parameters["method"] = request.GetApiName();
            parameters["sign_method"] = "hmac";
            parameters["timestamp"] = DateTime.UtcNow.AddHours(8).ToString("yyyy-MM-dd HH:mm:ss");
            parameters["v"] = "2.0";
            var text = new StringBuilder();
            foreach (var parameter in parameters) text.Append(parameter.Key).Append(parameter.Value);
            var mac = new HMACMD5(Encoding.UTF8.GetBytes(secret));
            var sign = mac.ComputeHash(Encoding.UTF8.GetBytes(text.ToString()));
            parameters["sign"] = BitConverter.ToString(sign).Replace("-", "");
            var answer = new HttpClient().PostAsync(url, new FormUrlEncodedContent(parameters)).Result;
            var body = answer.Content.ReadAsStringAsync().Result;
            return (T)Parse(typeof(T), body);
        }

        public static TopResponse Parse(Type type, string body)
        {
            var root = new Regex("<(\\w+?)[ >]").Match(body).Groups[1].Value;
            var reader = new XmlSerializer(type, new XmlRootAttribute(root));
            var response = (TopResponse)reader.Deserialize(new StringReader(body));
            response.Body = body;
            return response;
        }
    }
}

namespace Top.Api.Util
{
    public class TopDictionary : Dictionary<string, string>
    {
        public void Add(string key, object value)
        {
            if (value == null) return;
            var text = value is DateTime ? ((DateTime)value).ToString("yyyy-MM-dd HH:mm:ss") : value.ToString();
            if (text != "") base[key] = text;
        }

        public void AddAll(IDictionary<string, string> others)
        {
            foreach (var other in others) base[other.Key] = other.Value;
        }
    }

    public static class RequestValidator
    {
        public static void ValidateRequired(string name, object value)
        {
            if (value == null || value.ToString() == "")
                throw new ArgumentException("client-error:Missing required arguments:" + name);
        }
    }

    public static class TopUtils
    {
        public static string ObjectToJson(object value)
        {
            var members = new List<string>();
            foreach (var property in value.GetType().GetProperties())
            {
                var element = (XmlElementAttribute)Attribute.GetCustomAttribute(property, typeof(XmlElementAttribute));
                var member = property.GetValue(value, null);
                if (element == null || member == null) continue;
                var text = member.ToString();
                if (member is string) text = '"' + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + '"';
                members.Add('"' + element.ElementName + "\":" + text);
            }
            return "{" + string.Join(",", members) + "}";
        }
    }
}
