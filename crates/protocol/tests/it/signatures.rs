//! What holds of every signature.

use povline_protocol::sign::{canonical, sign, verify};
use povline_protocol::{Params, PublicParams, Secret, SignMethod};
use proptest::collection::btree_map;
use proptest::prelude::*;

fn any_method() -> impl Strategy<Value = SignMethod> {
    proptest::sample::select(SignMethod::ALL.to_vec())
}

fn any_pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    btree_map("[a-zA-Z0-9_.测]{1,8}", any::<String>(), 0..12)
        .prop_map(|pairs| {
            pairs
                .into_iter()
                .filter(|(name, _)| name != "sign")
                .collect::<Vec<_>>()
        })
        .prop_shuffle()
}

fn params(pairs: &[(String, String)]) -> Params<'_> {
    Params::from_pairs(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))).unwrap()
}

proptest! {
    #[test]
    fn any_parameters_sign_and_verify(
        pairs in any_pairs(),
        method in any_method(),
        secret in any::<String>(),
    ) {
        let secret = Secret::new(secret);
        let signature = sign(method, &secret, &pairs, b"");
        prop_assert_eq!(signature.len(), if method == SignMethod::HmacSha256 { 64 } else { 32 });
        let params = params(&pairs);
        prop_assert!(verify(method, &secret, &params, &signature));
        prop_assert!(verify(method, &secret, &params, &signature.to_lowercase()));
    }

    #[test]
    fn any_change_of_the_canonical_text_breaks_the_signature(
        pairs in any_pairs(),
        other in any_pairs(),
        method in any_method(),
    ) {
        let secret = Secret::new("helloworld");
        let signature = sign(method, &secret, &pairs, b"");
        let filled: Vec<_> = other.iter().filter(|(_, v)| !v.is_empty()).cloned().collect();
        let same = [canonical(&other, b""), canonical(&filled, b"")].contains(&canonical(&pairs, b""));
        prop_assert_eq!(verify(method, &secret, &params(&other), &signature), same);
    }

    #[test]
    fn one_byte_more_or_less_or_other_breaks_the_signature(
        pairs in any_pairs(),
        at in any::<proptest::sample::Index>(),
        change in any::<char>(),
        method in any_method(),
    ) {
        prop_assume!(!pairs.is_empty());
        let secret = Secret::new("helloworld");
        let signature = sign(method, &secret, &pairs, b"");
        let mut changed = pairs.clone();
        let value = &mut changed[at.index(pairs.len())].1;
        value.push(change);
        // A longer value is another text, unless its character moves into a neighbour's name.
        prop_assume!(canonical(&changed, b"") != canonical(&pairs, b""));
        prop_assert!(!verify(method, &secret, &params(&changed), &signature));
        prop_assert!(!verify(method, &Secret::new("helloworle"), &params(&pairs), &signature));
    }

    #[test]
    fn a_wrong_signature_of_any_shape_is_refused(
        pairs in any_pairs(),
        method in any_method(),
        signature in "[0-9A-Fa-f]{0,66}|\\PC{0,40}",
    ) {
        let secret = Secret::new("helloworld");
        let right = sign(method, &secret, &pairs, b"");
        prop_assume!(!right.eq_ignore_ascii_case(&signature));
        let filled: Vec<_> = pairs.iter().filter(|(_, v)| !v.is_empty()).cloned().collect();
        prop_assume!(!sign(method, &secret, &filled, b"").eq_ignore_ascii_case(&signature));
        prop_assert!(!verify(method, &secret, &params(&pairs), &signature));
    }

    #[test]
    fn a_parameter_that_stands_twice_is_refused_wherever_it_stands(
        names in proptest::collection::btree_set("[a-z]{1,6}", 1..8),
        at in any::<proptest::sample::Index>(),
        in_body in any::<bool>(),
    ) {
        let names: Vec<String> = names.into_iter().collect();
        let query: Vec<String> = names.iter().map(|name| format!("{name}=1")).collect();
        let again = format!("{}=2", names[at.index(names.len())]);
        let (query, body) = if in_body {
            (query.join("&"), again)
        } else {
            (format!("{}&{again}", query.join("&")), String::new())
        };
        prop_assert!(matches!(
            Params::read(Some(&query), None, body.as_bytes()),
            Err(povline_protocol::ParamsError::Duplicate(_))
        ));
    }
}

/// The older documentation lets parameters without a value stay out of the signature.
#[test]
fn empty_values_may_be_signed_or_left_out() {
    let secret = Secret::new("helloworld");
    let received = [("session", ""), ("a", "1"), ("b", " "), ("empty", "")];
    let params = Params::from_pairs(received).unwrap();
    let holds = |signed: &[(&str, &str)]| {
        SignMethod::ALL.map(|method| {
            let signature = sign(method, &secret, signed, b"");
            verify(method, &secret, &params, &signature)
        })
    };
    assert_eq!(holds(&received), [true; 3]);
    assert_eq!(holds(&[("a", "1"), ("b", " ")]), [true; 3]);
    // All of them or none, and only what is really empty.
    assert_eq!(holds(&[("a", "1"), ("b", " "), ("empty", "")]), [false; 3]);
    assert_eq!(holds(&[("a", "1")]), [false; 3]);
}

#[test]
fn two_live_secrets_both_count() {
    let pairs = [("a".to_owned(), "1".to_owned())];
    let old = Secret::new("old");
    let signature = sign(SignMethod::Md5, &old, &pairs, b"");
    let signed = [pairs[0].clone(), ("sign".to_owned(), signature)];
    let params = params(&signed);
    let public = PublicParams::of(&params);
    assert_eq!(public.check_signature(&[Secret::new("new"), old]), Ok(()));
    assert_eq!(
        public
            .check_signature(&[Secret::new("new")])
            .unwrap_err()
            .code,
        25
    );
    assert_eq!(public.check_signature(&[]).unwrap_err().code, 25);
}

#[test]
fn a_secret_is_never_printed() {
    let secret = Secret::new("helloworld");
    assert_eq!(format!("{secret:?}"), "Secret(***)");
    assert_eq!(secret.reveal(), "helloworld");
}
