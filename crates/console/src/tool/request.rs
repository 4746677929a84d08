//! The request that a form means: signed here, shown without the secret.

use povline_domain::{AppKey, UnixMillis};
use povline_protocol::request::{CONTENT_TYPE, Credentials, SignedRequest};
use povline_protocol::sign::{canonical, sign};
use povline_protocol::{AnswerForm, ParamsError, Secret, SignMethod};

/// What stands where a secret or a session would.
const MASK: &str = "***";

/// How a call is to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signing<'a> {
    /// As it must be.
    Right,
    /// With a mistake that callers make, to see how the platform explains it.
    Wrong(Slip),
    /// With the signature of the reader's own program, to see what is wrong with it.
    Own(&'a str),
}

/// A mistake to be made on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    /// The last of the method's own parameters is not signed.
    LeftOut,
    /// The parameters are signed in the order in which they are sent.
    Unsorted,
    /// The app's key stands where its secret belongs.
    KeyForSecret,
}

impl Slip {
    pub(super) const ALL: [Self; 3] = [Self::LeftOut, Self::Unsorted, Self::KeyForSecret];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::LeftOut => "left-out",
            Self::Unsorted => "unsorted",
            Self::KeyForSecret => "key-for-secret",
        }
    }

    pub(super) fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::LeftOut => (
                "漏签最后一个业务参数",
                "leave the last of the method's own parameters unsigned",
            ),
            Self::Unsorted => (
                "参数不排序就签名",
                "sign the parameters without sorting them",
            ),
            Self::KeyForSecret => (
                "用App Key代替App Secret签名",
                "sign with the app's key in place of its secret",
            ),
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slip| slip.word() == word)
    }
}

/// A call to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) app_key: &'a AppKey,
    pub(super) secret: &'a Secret,
    pub(super) sign_method: SignMethod,
    pub(super) form: AnswerForm,
    pub(super) method: &'a str,
    pub(super) arguments: &'a [(String, String)],
    pub(super) session: Option<&'a str>,
    /// In place of the present.
    pub(super) timestamp: Option<&'a str>,
    pub(super) signing: Signing<'a>,
}

/// A call ready to be made, and how it is shown.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) request: SignedRequest,
    /// The parameters that are signed, a session among them masked.
    pub(super) params: Vec<(String, String)>,
    /// The text that is signed, with the secret masked.
    pub(super) canonical: String,
    pub(super) signature: String,
    /// The request as it is sent, a session in it masked.
    pub(super) shown: String,
}

/// Signs a call.
pub(super) fn prepare(
    wanted: &Wanted<'_>,
    url: &str,
    now: UnixMillis,
) -> Result<Prepared, ParamsError> {
    let credentials = Credentials {
        sign_method: wanted.sign_method,
        session: wanted.session.map(Secret::new),
        ..Credentials::new(wanted.app_key.clone(), wanted.secret.clone())
    };
    let mut arguments: Vec<(&str, &str)> = Vec::new();
    if let Some(timestamp) = wanted.timestamp {
        arguments.push(("timestamp", timestamp));
    }
    let own = wanted.arguments.iter();
    arguments.extend(own.map(|(name, value)| (name.as_str(), value.as_str())));
    let mut request = credentials.sign(wanted.method, &arguments, wanted.form, now)?;
    let read = |text: &str| -> Vec<(String, String)> {
        form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect()
    };
    let mut pairs = read(&request.query);
    let in_body = read(&request.body);
    let right = pairs.iter().position(|(name, _)| name == "sign");
    let right = right.map(|at| pairs.remove(at).1).unwrap_or_default();
    let signature = match wanted.signing {
        Signing::Right => right,
        Signing::Own(signature) => signature.to_owned(),
        Signing::Wrong(slip) => slip_signature(slip, wanted, &pairs, &in_body),
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(&pairs).append_pair("sign", &signature);
    request.query = query.finish();

    let masked = |pairs: &[(String, String)]| -> Vec<(String, String)> {
        let mask = |(name, value): &(String, String)| {
            let value = if name == "session" { MASK } else { value };
            (name.clone(), value.to_owned())
        };
        pairs.iter().map(mask).collect()
    };
    let mut shown_query = form_urlencoded::Serializer::new(String::new());
    shown_query
        .extend_pairs(masked(&pairs))
        .append_pair("sign", &signature);
    let all: Vec<(String, String)> = masked(&pairs).into_iter().chain(in_body).collect();
    let text = canonical(&all, b"");
    let text = String::from_utf8_lossy(&text);
    Ok(Prepared {
        canonical: match wanted.sign_method {
            SignMethod::Md5 => format!("{MASK}{text}{MASK}"),
            SignMethod::Hmac | SignMethod::HmacSha256 => text.into_owned(),
        },
        shown: format!(
            "POST {url}?{}\nContent-Type: {CONTENT_TYPE}\n\n{}",
            shown_query.finish(),
            request.body
        ),
        params: all,
        request,
        signature,
    })
}

fn slip_signature(
    slip: Slip,
    wanted: &Wanted<'_>,
    in_query: &[(String, String)],
    in_body: &[(String, String)],
) -> String {
    let (method, secret) = (wanted.sign_method, wanted.secret);
    let mut all: Vec<(String, String)> = in_query.iter().chain(in_body).cloned().collect();
    match slip {
        Slip::LeftOut => {
            all.pop();
            sign(method, secret, &all, b"")
        }
        Slip::Unsorted => {
            // As one parameter there is nothing left to be sorted.
            let text: String = all
                .into_iter()
                .flat_map(|(name, value)| [name, value])
                .collect();
            sign(method, secret, &[(text, String::new())], b"")
        }
        Slip::KeyForSecret => {
            let key = Secret::new(wanted.app_key.as_str());
            sign(method, &key, &all, b"")
        }
    }
}

#[cfg(test)]
mod tests {
    use povline_protocol::sign::verify;
    use povline_protocol::{Params, PublicParams};

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_600_000_000_000);

    fn prepared(signing: Signing<'_>, sign_method: SignMethod) -> (Prepared, bool) {
        let app_key = AppKey::new("12345678").unwrap();
        let secret = Secret::new("0123456789abcdef0123456789abcdef");
        let arguments = [
            ("b".to_owned(), "1 +%".to_owned()),
            ("a".to_owned(), "测试".to_owned()),
        ];
        let wanted = Wanted {
            app_key: &app_key,
            secret: &secret,
            sign_method,
            form: AnswerForm::Json,
            method: "a.method",
            arguments: &arguments,
            session: Some("61session"),
            timestamp: None,
            signing,
        };
        let prepared = prepare(&wanted, "http://here/router/rest", NOW).unwrap();
        let SignedRequest { query, body } = &prepared.request;
        let params = Params::read(Some(query), Some(CONTENT_TYPE), body.as_bytes()).unwrap();
        let signature = PublicParams::of(&params).signature().unwrap().to_owned();
        let holds = verify(sign_method, &secret, &params, &signature);
        assert_eq!(signature, prepared.signature);
        (prepared, holds)
    }

    #[test]
    fn only_the_right_signature_holds() {
        for method in SignMethod::ALL {
            assert!(prepared(Signing::Right, method).1);
            for slip in Slip::ALL {
                assert!(!prepared(Signing::Wrong(slip), method).1, "{slip:?}");
            }
            assert!(!prepared(Signing::Own("ABC"), method).1);
        }
    }

    #[test]
    fn neither_secret_nor_session_is_shown() {
        for method in SignMethod::ALL {
            let (prepared, _) = prepared(Signing::Right, method);
            for shown in [&prepared.shown, &prepared.canonical] {
                assert!(!shown.contains("0123456789abcdef"), "{shown}");
                assert!(!shown.contains("61session"), "{shown}");
            }
            assert!(prepared.canonical.contains("session***"));
            assert!(prepared.canonical.contains("a测试app_key12345678b1 +%"));
        }
    }
}
