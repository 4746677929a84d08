//! Signed calls, made without any code of ours: what is tested must not sign its own homework.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

pub(crate) const METHOD: &str = "alibaba.health.vaccin.appointment.query";
pub(crate) const REQUEST: &str = "param_query_pov_appointment_record_by_date_req";
pub(crate) const APP_KEY: &str = "12345678";
pub(crate) const SECRET: &str = "helloworld";
/// The instant at which every platform under test begins, as callers write it.
pub(crate) const NOW: &str = "2021-01-18 08:00:00";

/// The parameters of a call before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Call(pub(crate) Vec<(String, String)>);

impl Call {
    /// The contract's method by the usual app, with everything that is required.
    pub(crate) fn query(request: &str) -> Self {
        Self(Vec::new())
            .with("method", METHOD)
            .with("app_key", APP_KEY)
            .with("timestamp", NOW)
            .with("v", "2.0")
            .with("format", "json")
            .with("sign_method", "md5")
            .with(REQUEST, request)
    }

    pub(crate) fn page(pov: &str, day: &str, number: u32, size: u32) -> Self {
        Self::query(&format!(
            r#"{{"day":"{day}","out_pov_id":"{pov}","page_num":{number},"page_size":{size}}}"#
        ))
    }

    /// With this parameter set anew.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(other, _)| other != name);
        self
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map_or("", |(_, value)| value)
    }

    /// With the signature that its `sign_method` asks for (md5 if it names none that is known).
    pub(crate) fn signed(self, secret: &str) -> Self {
        self.signed_over(secret, "")
    }

    /// The same over a body that holds no parameters.
    pub(crate) fn signed_over(self, secret: &str, body: &str) -> Self {
        let mut pairs = self.0.clone();
        pairs.sort();
        let text: String = pairs
            .iter()
            .map(|(name, value)| format!("{name}{value}"))
            .chain(std::iter::once(body.to_owned()))
            .collect();
        let digest = match self.get("sign_method") {
            "hmac" => {
                let mut mac = Hmac::<Md5>::new_from_slice(secret.as_bytes()).unwrap();
                mac.update(text.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
            "hmac-sha256" => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
                mac.update(text.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
            _ => Md5::digest(format!("{secret}{text}{secret}")).to_vec(),
        };
        let sign: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        self.with("sign", &sign)
    }
}

/// `application/x-www-form-urlencoded`, upper-case escapes, spaces as `+`.
pub(crate) fn urlencoded<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b' ' => "+".to_owned(),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

/// `multipart/form-data` as the C and Node SDKs write it: no file names, no types of parts.
pub(crate) fn multipart(pairs: &[(String, String)], boundary: &str) -> String {
    let mut body = String::new();
    for (name, value) in pairs {
        body += &format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    body + &format!("--{boundary}--\r\n")
}

/// The signature that stands with the published call.
pub(crate) const PUBLISHED_SIGN: &str = "66987CB115214E59E6EC978214934FB8";

/// The call by which TOP's documentation explains signatures.
pub(crate) fn published() -> Call {
    Call(Vec::new())
        .with("method", "taobao.item.seller.get")
        .with("app_key", "12345678")
        .with("fields", "num_iid,title,nick,price,num")
        .with("format", "json")
        .with("num_iid", "11223344")
        .with("session", "test")
        .with("sign_method", "md5")
        .with("timestamp", "2016-01-01 12:00:00")
        .with("v", "2.0")
}

#[test]
fn the_tests_signer_makes_the_published_signature() {
    let signed = published().signed("helloworld");
    assert_eq!(signed.get("sign"), PUBLISHED_SIGN);
}
