//! What the door cannot show: what is not even looked into.

use povline_domain::{AppKey, IsvId, UnixMillis};
use povline_protocol::{Params, PublicParams};
use povline_store::book::{Access, AppRecord, AppStatus, CallRules, SecretText};

use crate::admit::check_batch_signature;
use crate::directory::Directory;
use crate::limit::LimitDefaults;

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
