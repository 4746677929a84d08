//! Whatever mistake a caller makes in signing, the explainer names it.
//!
//! The callers here sign texts of their own making, with hashes that are not the crate's.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest as _, Md5};
use povline_protocol::explain::{
    CANONICAL_CHARS_MAX, Cause, Direction, Explanation, Mistake, Part, Secrets, explain,
};
use povline_protocol::sign::{canonical, verify};
use povline_protocol::{Params, Secret, SignMethod};
use proptest::prelude::*;
use sha2::Sha256;

const SECRET: &str = "helloWorld";
const REQUEST: &str = "param_query_pov_appointment_record_by_date_req";

/// Upper-case hex of a text's signature.
fn signed(method: SignMethod, secret: &str, text: &[u8]) -> String {
    let digest: Vec<u8> = match method {
        SignMethod::Md5 => {
            Md5::digest([secret.as_bytes(), text, secret.as_bytes()].concat()).to_vec()
        }
        SignMethod::Hmac => {
            let mut mac = Hmac::<Md5>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        }
        SignMethod::HmacSha256 => {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        }
    };
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}

type Pairs = Vec<(String, String)>;

/// What a well-behaved caller sends, without `sign`.
fn call(pov: &str, page: u32, session: &str, method: SignMethod) -> Pairs {
    let request =
        format!(r#"{{"day":"2021-01-18","out_pov_id":"{pov}","page_num":{page},"page_size":200}}"#);
    [
        ("method", "alibaba.health.vaccin.appointment.query"),
        ("app_key", "12345678"),
        ("timestamp", "2021-01-18 08:00:00"),
        ("v", "2.0"),
        ("sign_method", method.word()),
        ("partner_id", "apidoc"),
        ("session", session),
        (REQUEST, &request),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn params(pairs: &Pairs) -> Params<'_> {
    Params::from_pairs(
        pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
    .unwrap()
}

fn secrets(live: &[Secret]) -> Secrets<'_> {
    Secrets { live, retired: &[] }
}

fn explained(method: SignMethod, params: &Params<'_>, signature: &str) -> Explanation {
    let live = [Secret::new("another"), Secret::new(SECRET)];
    assert!(
        !live
            .iter()
            .any(|secret| verify(method, secret, params, signature))
    );
    explain(method, secrets(&live), params, signature)
}

/// The one cause of a signature over this text instead of the canonical one.
fn cause(method: SignMethod, sent: &Pairs, text: &[u8]) -> Cause {
    let params = params(sent);
    let explanation = explained(method, &params, &signed(method, SECRET, text));
    assert!(!explanation.canonical.contains(SECRET));
    assert!(!explanation.cut_short);
    let [cause] = &explanation.causes[..] else {
        panic!("{explanation:?}")
    };
    assert!(!cause.mistake.chinese().is_empty() && !cause.mistake.english().is_empty());
    cause.clone()
}

/// The mistake that is named if this was signed and that was sent.
fn named(method: SignMethod, sent: &Pairs, signed_pairs: &Pairs) -> Mistake {
    cause(method, sent, &canonical(signed_pairs, b"")).mistake
}

/// The pairs with one change of every value.
fn changed(pairs: &Pairs, change: impl Fn(&str) -> String) -> Pairs {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (name.clone(), change(value)))
        .collect()
}

fn value_of<'a>(pairs: &'a mut Pairs, name: &str) -> &'a mut String {
    let pair = pairs.iter_mut().find(|(other, _)| other == name);
    &mut pair.unwrap().1
}

fn any_call() -> impl Strategy<Value = (SignMethod, Pairs)> {
    (
        proptest::sample::select(SignMethod::ALL.to_vec()),
        "[测试苗路]{1,3}[0-9]{1,5}",
        1..500_u32,
        "[0-9a-f]{8,40}",
    )
        .prop_map(|(method, pov, page, session)| (method, call(&pov, page, &session, method)))
        .prop_flat_map(|(method, pairs)| (Just(method), Just(pairs).prop_shuffle()))
}

fn percent(text: &str, safe: &str, plus: bool) -> String {
    let encode = |byte: u8| match char::from(byte) {
        ' ' if plus => "+".to_owned(),
        c if c.is_ascii_alphanumeric() || safe.contains(c) => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_parameter_that_was_left_out_or_not_sent((method, pairs) in any_call(), at in 0..8_usize) {
        let name = pairs[at].0.clone();
        let mut without = pairs.clone();
        without.remove(at);
        let cause = cause(method, &pairs, &canonical(&without, b""));
        prop_assert_eq!(cause.mistake, Mistake::LeftOut(name.clone()));
        // It stands where the canonical text has that parameter, or behind the letters that its
        // name shares with the next one's.
        let place = cause.first_difference.unwrap();
        let text = String::from_utf8(canonical(&pairs, b"")).unwrap();
        prop_assert!(place.parameter.is_some());
        prop_assert!(place.character >= text[..text.find(&*name).unwrap()].chars().count());
        // And the other way round, for what SDKs add by themselves.
        let mut more = pairs.clone();
        more.push(("target_app_key".to_owned(), String::new()));
        prop_assert_eq!(named(method, &pairs, &more), Mistake::NotSent("target_app_key".to_owned()));
        more.pop();
        more.push(("format".to_owned(), "json".to_owned()));
        prop_assert_eq!(named(method, &pairs, &more), Mistake::NotSent("format".to_owned()));
    }

    #[test]
    fn another_way_of_signing((method, pairs) in any_call()) {
        let text = canonical(&pairs, b"");
        let params = params(&pairs);
        for other in SignMethod::ALL.into_iter().filter(|other| *other != method) {
            let causes = explained(method, &params, &signed(other, SECRET, &text)).causes;
            prop_assert_eq!(&causes[0].mistake, &Mistake::SignMethod(other));
            prop_assert_eq!(&causes[0].first_difference, &None);
        }
        let one_sided = signed(SignMethod::Md5, "", &[SECRET.as_bytes(), &text].concat());
        let causes = explained(method, &params, &one_sided).causes;
        prop_assert_eq!(&causes[0].mistake, &Mistake::SecretOnOneSide);
    }

    #[test]
    fn another_secret((method, pairs) in any_call()) {
        let text = canonical(&pairs, b"");
        let params = params(&pairs);
        let live = [Secret::new(SECRET)];
        let retired = [Secret::new("an older one")];
        let secrets = Secrets { live: &live, retired: &retired };
        let cases = [
            ("an older one", Mistake::RetiredSecret),
            ("helloWorld\n", Mistake::SecretWithBlanks),
            ("helloworld", Mistake::SecretCase),
            ("HELLOWORLD", Mistake::SecretCase),
            ("12345678", Mistake::NotTheSecret),
            ("", Mistake::NotTheSecret),
        ];
        for (secret, mistake) in cases {
            let explanation = explain(method, secrets, &params, &signed(method, secret, &text));
            prop_assert_eq!(&explanation.causes[0].mistake, &mistake);
        }
        // Of a secret that nobody knows nothing can be said.
        let unknown = signed(method, "nobody's", &text);
        prop_assert_eq!(explain(method, secrets, &params, &unknown).causes, vec![]);
    }

    #[test]
    fn charsets((method, pairs) in any_call()) {
        let mut gbk = Vec::new();
        let mut sorted = pairs.clone();
        sorted.sort();
        for (name, value) in &sorted {
            gbk.extend_from_slice(name.as_bytes());
            gbk.extend_from_slice(&encoding_rs::GBK.encode(value).0);
        }
        prop_assert_eq!(cause(method, &pairs, &gbk).mistake, Mistake::Gbk);
        // Signed rightly, but sent as UTF-8 that was taken for Latin-1.
        let mojibake = |value: &str| value.bytes().map(char::from).collect();
        prop_assert_eq!(named(method, &changed(&pairs, mojibake), &pairs), Mistake::Misread);
    }

    #[test]
    fn encodings_of_urls((method, pairs) in any_call(), plus: bool) {
        let encoded = changed(&pairs, |value| percent(value, "*-_.", plus));
        let safe = if plus { "*-_." } else { "-_.~" };
        let signed_encoded = changed(&pairs, |value| percent(value, safe, plus));
        prop_assert_eq!(
            named(method, &pairs, &signed_encoded),
            Mistake::Percent(Direction::SignedEncoded)
        );
        prop_assert_eq!(
            named(method, &encoded, &pairs),
            Mistake::Percent(Direction::SentEncoded)
        );
        let pluses = changed(&pairs, |value| value.replace(' ', "+"));
        prop_assert_eq!(named(method, &pairs, &pluses), Mistake::Plus);
        let mut one = pairs.clone();
        let value = value_of(&mut one, REQUEST);
        *value = percent(value, "*-_.", true);
        prop_assert_eq!(
            named(method, &pairs, &one),
            Mistake::Percent(Direction::SignedEncoded)
        );
    }

    #[test]
    fn values_that_were_written_twice((method, pairs) in any_call()) {
        let mut spaced = pairs.clone();
        let value = value_of(&mut spaced, REQUEST);
        *value = value.replace("\":", "\": ").replace(",\"", ", \"");
        prop_assert_eq!(named(method, &spaced, &pairs), Mistake::Json);
        prop_assert_eq!(named(method, &pairs, &spaced), Mistake::Json);
        let mut escaped = pairs.clone();
        let value = value_of(&mut escaped, REQUEST);
        *value = value
            .chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", c as u32) })
            .collect();
        prop_assert_eq!(named(method, &escaped, &pairs), Mistake::Json);
        prop_assert_eq!(named(method, &pairs, &escaped), Mistake::Json);
        let blanks = changed(&pairs, |value| format!(" {value}\n"));
        prop_assert_eq!(named(method, &blanks, &pairs), Mistake::Blanks);
        let unix = changed(&pairs, |value| format!("{value}\nend"));
        let dos = changed(&pairs, |value| format!("{value}\r\nend"));
        prop_assert_eq!(named(method, &unix, &dos), Mistake::LineEnds);
        prop_assert_eq!(named(method, &dos, &unix), Mistake::LineEnds);
    }

    #[test]
    fn the_clock((method, pairs) in any_call(), second in 1..=5_u32) {
        for timestamp in [
            format!("2021-01-18 08:00:0{second}"),
            format!("2021-01-18 07:59:5{}", 10 - second),
            "2021-01-18 00:00:00".to_owned(),
            "1610928000".to_owned(),
            "1610928000000".to_owned(),
        ] {
            let mut other = pairs.clone();
            *value_of(&mut other, "timestamp") = timestamp;
            let cause = cause(method, &pairs, &canonical(&other, b""));
            prop_assert_eq!(cause.mistake, Mistake::OtherTimestamp);
            prop_assert_eq!(
                cause.first_difference.unwrap().parameter,
                Some("timestamp".to_owned())
            );
        }
    }

    #[test]
    fn order_separators_and_case((method, pairs) in any_call()) {
        let join = |pairs: &Pairs, equals: &str, and: &str| -> String {
            let joined: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}{equals}{v}")).collect();
            joined.join(and)
        };
        let mut sorted = pairs.clone();
        sorted.sort();
        prop_assume!(sorted != pairs);
        let unsorted = join(&pairs, "", "");
        prop_assert_eq!(cause(method, &pairs, unsorted.as_bytes()).mistake, Mistake::Unsorted);
        let separated = join(&sorted, "=", "&");
        prop_assert_eq!(cause(method, &pairs, separated.as_bytes()).mistake, Mistake::Separators);
        let upper = join(&sorted, "", "").to_uppercase();
        prop_assert_eq!(cause(method, &pairs, upper.as_bytes()).mistake, Mistake::Case);
        sorted.push(("sign".to_owned(), String::new()));
        sorted.sort();
        let with_sign = join(&sorted, "", "");
        prop_assert_eq!(cause(method, &pairs, with_sign.as_bytes()).mistake, Mistake::SignSigned);
        // A capital letter sorts before the small ones in byte order, and not in a dictionary's.
        let mut mixed = pairs.clone();
        mixed.push(("Zone".to_owned(), "east".to_owned()));
        let mut by_letters = mixed.clone();
        by_letters.sort_by_key(|(name, _)| name.to_lowercase());
        let by_letters = join(&by_letters, "", "");
        prop_assert_eq!(cause(method, &mixed, by_letters.as_bytes()).mistake, Mistake::OtherOrder);
    }

    #[test]
    fn parts_and_bodies((method, pairs) in any_call()) {
        let (own, public): (Pairs, Pairs) = pairs.into_iter().partition(|(name, _)| name == REQUEST);
        let mut own = own;
        own.push(("more".to_owned(), "1".to_owned()));
        let all: Pairs = public.iter().chain(&own).cloned().collect();
        let form = |pairs: &Pairs| {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(pairs).finish()
        };
        let (query, body) = (form(&public), form(&own));
        let urlencoded = Some("application/x-www-form-urlencoded");
        let params = Params::read(Some(&query), urlencoded, body.as_bytes()).unwrap();
        let mistake = |params: &Params<'_>, text: Vec<u8>| {
            explained(method, params, &signed(method, SECRET, &text)).causes[0].mistake.clone()
        };
        prop_assert_eq!(mistake(&params, canonical(&public, b"")), Mistake::PartLeftOut(Part::Body));
        prop_assert_eq!(mistake(&params, canonical(&own, b"")), Mistake::PartLeftOut(Part::Query));
        prop_assert_eq!(mistake(&params, canonical(&all, body.as_bytes())), Mistake::BodySigned);
        prop_assert_eq!(mistake(&params, canonical(&public, body.as_bytes())), Mistake::BodySigned);

        let raw = Params::read(Some(&query), Some("text/plain"), b"method=a\r\n-S-\r\nN").unwrap();
        prop_assert_eq!(mistake(&raw, canonical(&public, b"")), Mistake::BodyLeftOut);
        let unix = canonical(&public, b"method=a\n-S-\nN");
        prop_assert_eq!(mistake(&raw, unix), Mistake::LineEnds);
    }

    #[test]
    fn nothing_panics_and_the_work_is_bounded(
        pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..128),
        body in prop::collection::vec(any::<u8>(), 0..2000),
        signature: String,
        method in proptest::sample::select(SignMethod::ALL.to_vec()),
    ) {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        for content_type in [None, Some("text/plain")] {
            if let Ok(params) = Params::read(Some(&query), content_type, &body) {
                let live = [Secret::new(SECRET), Secret::new("")];
                let explanation = explain(method, secrets(&live), &params, &signature);
                prop_assert!(explanation.canonical.chars().count() <= 12 * CANONICAL_CHARS_MAX + 7);
                prop_assert!(!explanation.canonical.chars().any(char::is_control));
            }
        }
    }
}

#[test]
fn a_signature_that_holds_has_no_cause() {
    let pairs = call("00001", 1, "abc", SignMethod::Md5);
    let right = signed(SignMethod::Md5, SECRET, &canonical(&pairs, b""));
    let live = [Secret::new(SECRET)];
    let explanation = explain(SignMethod::Md5, secrets(&live), &params(&pairs), &right);
    assert_eq!(explanation.causes, []);
}

#[test]
fn the_canonical_text_is_shown_without_the_secret_and_the_signature() {
    let mut pairs = call("00001", 1, "abc", SignMethod::Md5);
    pairs.push(("app_secret".to_owned(), SECRET.to_owned()));
    pairs.push(("line".to_owned(), "1\r\n2\u{7}".to_owned()));
    let right = signed(SignMethod::Md5, SECRET, &canonical(&pairs, b""));
    let explanation = explained(SignMethod::Md5, &params(&pairs), "0123");
    let shown = &explanation.canonical;
    assert!(
        shown.starts_with("***app_key12345678app_secret***line1\\r\\n2\\u{7}method"),
        "{shown}"
    );
    assert!(shown.ends_with("v2.0***"));
    assert!(!shown.contains(SECRET));
    // Nothing that is told leads to the signature.
    let told = format!("{explanation:?}");
    for place in 0..right.len() - 8 {
        assert!(!told.contains(&right[place..place + 8]));
    }
    assert_eq!(explanation.causes[0].mistake, Mistake::Length);
    let not_hex = explained(SignMethod::Md5, &params(&pairs), "ZpWvYvm9xJ+OD0/sBaCpXQ==");
    assert_eq!(not_hex.causes[0].mistake, Mistake::NotHex);
}

#[test]
fn a_large_body_is_not_hashed_a_thousand_times() {
    let pairs = call("00001", 1, "abc", SignMethod::Md5);
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&pairs)
        .finish();
    let body = vec![b'x'; 1 << 19];
    let params = Params::read(Some(&query), Some("text/plain"), &body).unwrap();
    let explanation = explained(SignMethod::Md5, &params, &"0".repeat(32));
    assert!(explanation.cut_short);
    assert!(explanation.canonical.chars().count() <= CANONICAL_CHARS_MAX + 7);
}
