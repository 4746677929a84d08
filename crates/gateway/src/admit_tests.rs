//! What the door cannot show: a method that needs a session, which none of ours does, and what is not
//! even looked into.

use povline_domain::{AppKey, IsvId, UnixMillis};
use povline_protocol::api::ApiSpec;
use povline_protocol::methods::appointment_query;
use povline_protocol::{Params, PublicParams};
use povline_store::book::{
    Access, AppRecord, AppStatus, CallRules, SecretText, SessionDigest, SessionRecord,
};

use crate::admit::{check_batch_signature, check_session};
use crate::directory::Directory;
use crate::limit::LimitDefaults;

const NEEDS_ONE: ApiSpec = ApiSpec {
    needs_session: true,
    ..appointment_query::SPEC
};

fn record(key: &str) -> AppRecord {
    AppRecord {
        key: AppKey::new(key).unwrap(),
        isv: IsvId(1),
        isv_name: "ISV".to_owned(),
        name: "app".to_owned(),
        status: AppStatus::Enabled,
        secrets: vec![SecretText("secret".to_owned())],
        grants: Vec::new(),
        write_grants: Vec::new(),
        created_at: UnixMillis(0),
    }
}

#[test]
fn a_session_is_missing_foreign_over_or_good() {
    let access = Access {
        apps: vec![record("12345678"), record("87654321")],
        povs: Vec::new(),
    };
    let session = |app: &str, text: &str, expires_at| SessionRecord {
        app: AppKey::new(app).unwrap(),
        digest: SessionDigest::of(text),
        created_at: UnixMillis(0),
        expires_at: UnixMillis(expires_at),
    };
    let rules = CallRules {
        sessions: vec![
            session("12345678", "ours", 1_000),
            session("87654321", "theirs", 1_000),
        ],
        ..CallRules::default()
    };
    let directory = Directory::new(access, rules, LimitDefaults::default(), false);
    let app = directory.app("12345678").unwrap();
    let check = |spec, session, now| {
        let checked = check_session(spec, app, session, UnixMillis(now));
        checked.map_err(|error| (error.code, error.sub_code))
    };
    let invalid = Err((27, Some("invalid-sessionkey".into())));
    assert_eq!(check(&NEEDS_ONE, None, 0), Err((26, None)));
    assert_eq!(check(&NEEDS_ONE, Some("made up"), 0), invalid);
    assert_eq!(check(&NEEDS_ONE, Some("theirs"), 0), invalid);
    assert_eq!(check(&NEEDS_ONE, Some("ours"), 999), Ok(()));
    assert_eq!(check(&NEEDS_ONE, Some("ours"), 1_000), invalid);
    // A method that needs none takes whatever is sent.
    for session in [None, Some("made up"), Some("ours")] {
        assert_eq!(check(&appointment_query::SPEC, session, 0), Ok(()));
    }
}

#[test]
fn nothing_is_hashed_for_a_key_that_no_app_has() {
    let access = Access {
        apps: vec![record("12345678")],
        povs: Vec::new(),
    };
    let directory = Directory::new(
        access,
        CallRules::default(),
        LimitDefaults::default(),
        false,
    );
    // A wrong signature's cause is looked for by hashing what may have been signed instead.
    let refused = |key: &str, sign_method: &str| {
        let params = Params::from_pairs([
            ("app_key", key),
            ("v", "2.0"),
            ("timestamp", "1970-01-01 08:00:00"),
            ("sign_method", sign_method),
            ("sign", "00"),
        ]);
        let params = params.unwrap();
        let mut examined = 0;
        let checked = check_batch_signature(
            PublicParams::of(&params),
            &directory,
            UnixMillis(0),
            |_, _| examined += 1,
        );
        (checked.unwrap_err().code, examined)
    };
    assert_eq!(refused("12345678", "md5"), (25, 1));
    assert_eq!(refused("87654321", "md5"), (29, 0));
    // Not even what would be hashed, and how, is asked for.
    assert_eq!(refused("12345678", "crc"), (41, 0));
    assert_eq!(refused("87654321", "crc"), (29, 0));
}
