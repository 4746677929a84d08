//! The digest of an answer's result.

use povline_domain::PageRequest;
use povline_protocol::decode::DecodeError;
use povline_protocol::frame::{self, PageHead};
use povline_protocol::{AnswerForm, BusinessFailure, PlatformError, RequestId, result_digest};
use proptest::prelude::*;

use crate::samples::{answer, appointment, encode_rows, named, request_id};

#[test]
fn only_the_request_id_may_differ() {
    let rows: Vec<_> = (1..=200).map(appointment).collect();
    let head = PageHead {
        page: PageRequest::FIRST,
        total: 200,
    };
    for form in AnswerForm::ALL {
        let with_id = |id| {
            let rows = encode_rows(form, &rows);
            result_digest(&frame::success(
                form,
                &head,
                &rows,
                &RequestId::from_number(id),
            ))
            .unwrap()
        };
        assert_eq!(with_id(1), with_id(2));
        let mut digests = vec![with_id(1)];
        for changed in [
            rows[..199].to_vec(),
            rows.iter().rev().cloned().collect(),
            [&rows[..199], &[named(200, "测试201")]].concat(),
            vec![],
        ] {
            let digest = result_digest(answer(form, &changed).as_bytes()).unwrap();
            assert!(!digests.contains(&digest));
            digests.push(digest);
        }
        let more = PageHead { total: 201, ..head };
        let body = frame::success(form, &more, &encode_rows(form, &rows), &request_id());
        assert!(!digests.contains(&result_digest(&body).unwrap()));
    }
}

/// Ledgers keep digests: a program that computed them otherwise would read every list anew. The values
/// are XXH3's of 128 bits, as another implementation of it computes them.
#[test]
fn a_digest_is_the_same_in_every_release() {
    let long = format!(r#"{{"model":"{}"}}"#, "0123456789".repeat(40));
    for (result, digest) in [
        (
            r#"{"success":true}"#,
            0x3b9b_bd11_4202_c69e_a6ae_45c6_bca3_de2b,
        ),
        (&long, 0x75d8_9c64_62a0_5ce8_28e5_ba8f_c0c8_b7b8_u128),
    ] {
        let body = format!(r#"{{"result":{result},"request_id":"{}"}}"#, request_id());
        assert_eq!(result_digest(body.as_bytes()).unwrap().0, digest);
    }
}

#[test]
fn another_shape_of_the_same_result_has_the_same_digest() {
    for form in AnswerForm::ALL {
        let usual = answer(form, &[appointment(1), appointment(2)]);
        let digest = result_digest(usual.as_bytes()).unwrap();
        let id = request_id();
        let others = if form == AnswerForm::Xml {
            vec![
                format!("{usual}<!--top011250207161.eu13-->"),
                format!("{usual}\n"),
                usual.replace(&format!("<request_id>{id}</request_id>"), ""),
                usual.replace(" encoding=\"utf-8\" ", ""),
            ]
        } else {
            let member = format!(",\"request_id\":\"{id}\"");
            vec![
                usual.replace(&member, ""),
                usual.replace(&member, &format!("{member},\"more\":null")),
                usual
                    .replacen(
                        "\"result\":",
                        &format!("{}, \"result\" : ", &member[1..]),
                        1,
                    )
                    .replacen(&member, "", 1),
                format!(" {usual} "),
            ]
        };
        for other in others {
            assert_ne!(other, usual);
            assert_eq!(result_digest(other.as_bytes()), Ok(digest), "{other}");
        }
    }
}

#[test]
fn what_has_no_result_has_no_digest() {
    for form in AnswerForm::ALL {
        let error = frame::error_response(form, &PlatformError::of_code(25), &request_id());
        assert_eq!(result_digest(&error), Err(DecodeError::Missing("result")));
    }
    for text in [
        "",
        " ",
        "x",
        "{}",
        "{\"x\":1}",
        "<html></html>",
        "<a_response></a_response>",
        "{\"result\":",
        "<a_response><result>",
    ] {
        assert!(result_digest(text.as_bytes()).is_err(), "{text}");
    }
    let busy = frame::business_failure(AnswerForm::Json, &BusinessFailure::busy(), &request_id());
    assert!(result_digest(&busy).is_ok());
}

proptest! {
    #[test]
    fn equal_digests_mean_equal_bytes_but_for_the_id(
        form in proptest::sample::select(AnswerForm::ALL.to_vec()),
        at in any::<proptest::sample::Index>(),
        byte in 0x20_u8..0x7f,
    ) {
        let usual = answer(form, &[appointment(1), appointment(2)]);
        let digest = result_digest(usual.as_bytes()).unwrap();
        let mut changed = usual.clone().into_bytes();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        if result_digest(&changed) == Ok(digest) {
            // Then the change lies in the id, or in the names around the result.
            let end = if form == AnswerForm::Xml { "</result>" } else { "}" };
            let result = if form == AnswerForm::Xml { "<result>" } else { "\"result\":" };
            let begins = usual.find(result).unwrap() + result.len();
            let tail = if form == AnswerForm::Xml { "</result><request_id>" } else { "},\"request_id\"" };
            let ends = usual.rfind(tail).unwrap() + if form == AnswerForm::Xml { 0 } else { end.len() };
            prop_assert!(!(begins..ends).contains(&at), "at {} in {}..{}", at, begins, ends);
        }
    }
}
