//! Whence an app may call, and with which of its secrets.

use std::sync::Arc;

use povline_domain::{AppKey, UnixMillis};
use povline_gateway::GatewayConfig;
use povline_store::book::{Actor, Book, SecretText};

use crate::call::{APP_KEY, Call, SECRET};
use crate::follow::until;
use crate::platform::{DAY, Platform, appointments};

fn good() -> Call {
    Call::page("00001", DAY, 1, 200)
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_told_what_is() {
    let platform = Platform::with_rows(appointments(3)).await;
    platform
        .book
        .allow(APP_KEY, &["10.232.0.0/16", "2001:db8::1"]);
    let call = || good().signed(SECRET);
    until(|| async {
        platform
            .post(&call())
            .await
            .text()
            .contains("error_response")
    })
    .await;
    assert_eq!(
        platform.post(&call()).await.masked(),
        r#"{"error_response":{"code":11,"msg":"Insufficient isv permissions","sub_code":"isv.permission-ip-whitelist-limit","sub_msg":"The appkey 12345678 is only allowed to call from 10.232.0.0/16,2001:db8::1, but your ip is 127.0.0.1","request_id":"ID"}}"#
    );
    // Who does not hold the secret is not told.
    let forged = platform.post(&good().signed("another")).await;
    assert!(forged.text().contains("\"code\":25"), "{}", forged.text());

    platform
        .book
        .allow(APP_KEY, &["10.232.0.0/16", "127.0.0.0/8"]);
    until(|| async { platform.post(&call()).await.text().contains("P00001") }).await;
    platform.book.allow(APP_KEY, &[]);
    until(|| async { platform.post(&call()).await.text().contains("P00001") }).await;
}

#[tokio::test]
async fn during_a_rotation_both_secrets_sign_and_a_retired_one_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let (book, _) = crate::sqlite::book(&directory.path().join("book.db")).await;
    let platform = Platform::serve(Arc::clone(&book), GatewayConfig::default()).await;
    let key = AppKey::new(APP_KEY).unwrap();
    let actor = Actor {
        name: "test".to_owned(),
        at: UnixMillis(0),
    };
    let rotate = async |secret: &str, retire_old| {
        let secret = SecretText(secret.to_owned());
        book.rotate_secret(&actor, &key, secret, retire_old)
            .await
            .unwrap();
    };
    let answers = async |secret: &str| {
        let answer = platform.post(&good().signed(secret)).await;
        let text = answer.text();
        match text.contains("\"code\":25") {
            true => false,
            false => {
                assert!(text.contains("\"success\":true"), "{text}");
                true
            }
        }
    };
    assert!(answers(SECRET).await && !answers("second").await);
    rotate("second", false).await;
    until(|| answers("second")).await;
    assert!(answers(SECRET).await);
    rotate("third", true).await;
    until(|| answers("third")).await;
    assert!(!answers("second").await && !answers(SECRET).await);
}
