//! Batches: how bodies are cut, and whose parameter counts.

use povline_protocol::batch::{self, Batch, BatchError};
use povline_protocol::{Params, PlatformError};
use proptest::prelude::*;

const S: &str = "\r\n-S-\r\n";

fn system() -> Params<'static> {
    Params::from_pairs([("app_key", "1"), ("v", "2.0"), ("session", "batch's")]).unwrap()
}

/// The calls of a batch, each as the form of its parameters without the system's.
fn calls(body: &str, separator: &[u8]) -> Vec<Result<Vec<(String, String)>, PlatformError>> {
    let system = system();
    let batch = Batch::split(body.as_bytes(), separator, 5).unwrap();
    let calls = batch.calls(&system).map(|call| {
        let params = call?;
        let own = params.pairs().iter();
        Ok(own
            .filter(|(name, _)| !["app_key", "v"].contains(&name.as_ref()))
            .map(|(name, value)| (name.clone().into_owned(), value.clone().into_owned()))
            .collect())
    });
    calls.collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Result<Vec<(String, String)>, PlatformError> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Ok(pairs.iter().map(owned).collect())
}

fn refusal(body: &str) -> BatchError {
    Batch::split(body.as_bytes(), batch::SEPARATOR, 3).unwrap_err()
}

#[test]
fn each_call_has_its_own_over_the_shared_over_the_systems_parameters() {
    let body = format!("#PUBLIC#method=a&x=0{S}x=1{S}N{S}method=b&session=own&y=%E6%B5%8B+");
    let session = ("session", "batch's");
    assert_eq!(
        calls(&body, batch::SEPARATOR),
        [
            pairs(&[("x", "1"), ("method", "a"), session]),
            pairs(&[("method", "a"), ("x", "0"), session]),
            pairs(&[
                ("method", "b"),
                ("session", "own"),
                ("y", "测 "),
                ("x", "0")
            ]),
        ]
    );
}

#[test]
fn a_header_names_another_separator() {
    let separator = batch::separator(Some(b"%7Bmine%7D")).unwrap();
    let calls = calls("method=a%7Bmine%7D%7Bmine%7DN", separator);
    let session = ("session", "batch's");
    // What stands between two separators is a call, with or without its `N`.
    let none = pairs(&[session]);
    assert_eq!(
        calls,
        [pairs(&[("method", "a"), session]), none.clone(), none]
    );

    assert_eq!(batch::separator(None), Ok(batch::SEPARATOR));
    let long = [b'x'; batch::SEPARATOR_BYTES_MAX + 1];
    for cannot_be in [&b""[..], b"a\tb", "测".as_bytes(), &long] {
        let error = batch::separator(Some(cannot_be)).unwrap_err();
        let expected = PlatformError::invalid_argument("top-api-separator");
        assert_eq!(error.platform_error(), expected);
    }
}

#[test]
fn a_call_cannot_speak_for_another_app_or_hinder_the_others() {
    let body = format!("app_key=2{S}app_key=1&a=1{S}a=1&a=2{S}sign=x{S}a=%FF");
    let calls = calls(&body, batch::SEPARATOR);
    let codes: Vec<Option<i64>> = calls
        .iter()
        .map(|c| c.as_ref().err().map(|e| e.code))
        .collect();
    assert_eq!(codes, [Some(41), None, Some(41), Some(41), Some(47)]);
    assert!(calls[0].as_ref().unwrap_err().msg.ends_with(":app_key"));
}

#[test]
fn what_is_no_batch_is_refused_as_a_whole() {
    for empty in ["", "#PUBLIC#method=a", &format!("#PUBLIC#method=a{S}")] {
        assert_eq!(refusal(empty), BatchError::Empty, "{empty}");
    }
    let many = [S; 3].concat();
    assert_eq!(refusal(&many), BatchError::TooMany { calls_max: 3 });
    assert_eq!(
        Batch::split(many.as_bytes(), batch::SEPARATOR, 4)
            .unwrap()
            .len(),
        4
    );
    for (shared, code) in [("a=1&a=2", 41), ("a=%FF", 47)] {
        let error = refusal(&format!("#PUBLIC#{shared}{S}N"));
        assert_eq!(error.platform_error().code, code);
    }
    assert_eq!(refusal("").platform_error().code, 43);
}

proptest! {
    #[test]
    fn there_are_as_many_calls_as_were_written(
        calls in prop::collection::vec("[a-z]{0,4}(=[a-z]{0,4})?", 1..5),
        shared in prop::option::of("[a-z]{0,4}=1"),
    ) {
        prop_assume!(calls.len() > 1 || !calls[0].is_empty());
        let mut body = shared.map(|shared| format!("#PUBLIC#{shared}{S}")).unwrap_or_default();
        body += &calls.join(S);
        let batch = Batch::split(body.as_bytes(), batch::SEPARATOR, 5).unwrap();
        prop_assert_eq!(batch.len(), calls.len());
    }
}
