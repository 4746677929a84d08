//! The parameters that every call has.

use povline_protocol::api::FieldSpec;
use povline_protocol::catalogue::Bilingual;

/// The public parameters, in the order in which the protocol's documentation has them.
pub(crate) const PUBLIC: &[FieldSpec] = &[
    field("method", true, "", ("API名称", "The method's name")),
    field(
        "app_key",
        true,
        "12345678",
        ("应用的AppKey", "The app's key"),
    ),
    field(
        "sign_method",
        true,
        SIGN_METHOD,
        (
            "签名方法:hmac-sha256(推荐)、hmac、md5",
            "How the call is signed: hmac-sha256 (best), hmac or md5",
        ),
    ),
    field(
        "sign",
        true,
        "",
        (
            "签名,大写十六进制",
            "The signature, in upper-case hexadecimal",
        ),
    ),
    field(
        "session",
        false,
        "",
        (
            "授权令牌,仅当API需要授权时必填",
            "The session; needed only where the method says so",
        ),
    ),
    field(
        "timestamp",
        true,
        "2021-01-18 08:00:00",
        (
            "yyyy-MM-dd HH:mm:ss,时区GMT+8,误差不超过10分钟;也可为秒或毫秒时间戳",
            "yyyy-MM-dd HH:mm:ss at GMT+8, at most ten minutes off; or seconds or milliseconds since 1970",
        ),
    ),
    field(
        "format",
        false,
        "json",
        (
            "响应格式:xml(缺省)或json",
            "The form of the answer: xml (if not given) or json",
        ),
    ),
    field(
        "v",
        true,
        "2.0",
        ("协议版本:2.0", "The protocol's version: 2.0"),
    ),
    field(
        "simplify",
        false,
        "false",
        (
            "精简JSON:无外层,列表为数组;仅当format=json,缺省false",
            "JSON without its root and with plain lists; with format=json alone, false if not given",
        ),
    ),
    field(
        "partner_id",
        false,
        "",
        ("调用方标识", "What the caller says it is"),
    ),
];

const SIGN_METHOD: &str = "hmac-sha256";

const fn field(
    name: &'static str,
    required: bool,
    sample: &'static str,
    (chinese, english): (&'static str, &'static str),
) -> FieldSpec {
    FieldSpec {
        name,
        kind: "String",
        required,
        sample,
        description: Bilingual { chinese, english },
        children: &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use povline_protocol::{SignMethod, methods, openapi};

    use super::*;

    #[test]
    fn they_are_those_of_the_description_for_machines() {
        let own: BTreeSet<&str> = PUBLIC.iter().map(|field| field.name).collect();
        for spec in methods::ALL {
            let document = openapi::document_of(&[spec]);
            let path = &document["paths"][format!("/router/rest#{}", spec.method)];
            let form = &path["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"];
            let properties = form["schema"]["properties"].as_object().unwrap();
            let method: BTreeSet<&str> = spec.request.iter().map(|field| field.name).collect();
            let described = properties.keys().map(String::as_str);
            let described: BTreeSet<&str> =
                described.filter(|name| !method.contains(name)).collect();
            assert_eq!(described, own, "{}", spec.method);
        }
        assert_eq!(SIGN_METHOD, SignMethod::HmacSha256.word());
    }
}
