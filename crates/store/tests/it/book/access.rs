//! Who may call, and what they may read.

use povline_domain::{AppKey, IsvId, UnixMillis};
use povline_store::StoreErrorKind;
use povline_store::book::{AppRecord, AppStatus, Book, Grant, NewApp, PovRecord, SecretText};

use super::Engine;
use super::support::{actor, code, kind};

fn app(key: &str, isv: IsvId) -> NewApp {
    NewApp {
        key: AppKey::new(key).unwrap(),
        isv,
        name: "排队系统".to_owned(),
        secret: secret("first"),
    }
}

fn secret(text: &str) -> SecretText {
    SecretText(text.to_owned())
}

async fn only_app<B: Book>(book: &B) -> AppRecord {
    let mut access = book.access().await.unwrap();
    assert_eq!(access.apps.len(), 1);
    access.apps.remove(0)
}

pub async fn one_story_of_apps_and_grants<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let access = book.access().await.unwrap();
    assert!(access.apps.is_empty() && access.povs.is_empty());

    let isv = book.ensure_isv(&actor(), "鹿苗").await.unwrap();
    assert_eq!(book.ensure_isv(&actor(), "鹿苗").await.unwrap(), isv);
    book.create_app(&actor(), app("12345678", isv))
        .await
        .unwrap();
    let key = AppKey::new("12345678").unwrap();
    let expected = AppRecord {
        key: key.clone(),
        isv,
        isv_name: "鹿苗".to_owned(),
        name: "排队系统".to_owned(),
        status: AppStatus::Enabled,
        secrets: vec![secret("first")],
        grants: Vec::new(),
        write_grants: Vec::new(),
        created_at: UnixMillis(1_600_000_000_000),
    };
    assert_eq!(only_app(&book).await, expected);

    for written in ["00001", "31*", "*", "00001"] {
        let grant = Grant::parse(written).unwrap();
        book.grant(&actor(), &key, &grant).await.unwrap();
    }
    let mut grants = only_app(&book).await.grants;
    grants.sort();
    let all = Grant::Prefix(String::new());
    let prefix = Grant::Prefix("31".to_owned());
    assert_eq!(
        grants,
        [Grant::Pov(code("00001")), all.clone(), prefix.clone()]
    );

    assert!(book.revoke(&actor(), &key, &all).await.unwrap());
    assert!(!book.revoke(&actor(), &key, &all).await.unwrap());
    assert_eq!(only_app(&book).await.grants.len(), 2);

    for status in [AppStatus::Disabled, AppStatus::Disabled, AppStatus::Enabled] {
        book.set_app_status(&actor(), &key, status).await.unwrap();
        assert_eq!(only_app(&book).await.status, status);
    }

    let pov = book
        .ensure_pov(&actor(), isv, &code("00001"), None)
        .await
        .unwrap();
    let named = book
        .ensure_pov(&actor(), isv, &code("00001"), Some("呼家楼"))
        .await;
    assert_eq!(named.unwrap(), pov);
    let again = book.ensure_pov(&actor(), isv, &code("00001"), None).await;
    assert_eq!(again.unwrap(), pov);
    drop(book);
    let povs = engine.open().access().await.unwrap().povs;
    let name = Some("呼家楼".to_owned());
    let out_pov_id = code("00001");
    assert_eq!(
        povs,
        [PovRecord {
            pov,
            isv,
            out_pov_id,
            name
        }]
    );
}

pub async fn two_secrets_are_live_and_never_three<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let isv = book.ensure_isv(&actor(), "鹿苗").await.unwrap();
    book.create_app(&actor(), app("12345678", isv))
        .await
        .unwrap();
    let key = AppKey::new("12345678").unwrap();
    for (new, retire_old, live) in [
        ("second", false, &["second", "first"][..]),
        ("third", false, &["third", "second"]),
        ("fourth", true, &["fourth"]),
        ("fifth", false, &["fifth", "fourth"]),
    ] {
        book.rotate_secret(&actor(), &key, secret(new), retire_old)
            .await
            .unwrap();
        let live: Vec<_> = live.iter().map(|text| secret(text)).collect();
        assert_eq!(only_app(&book).await.secrets, live);
    }
    let same = book
        .rotate_secret(&actor(), &key, secret("fifth"), false)
        .await;
    assert_eq!(kind(same), StoreErrorKind::Refused);
    assert_eq!(only_app(&book).await.secrets.len(), 2);
}

pub async fn a_grant_of_a_code_that_ends_with_a_star_stays_what_it_is<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let isv = book.ensure_isv(&actor(), "鹿苗").await.unwrap();
    book.create_app(&actor(), app("12345678", isv))
        .await
        .unwrap();
    let key = AppKey::new("12345678").unwrap();
    let starred = Grant::Pov(code("31*"));
    book.grant(&actor(), &key, &starred).await.unwrap();
    assert_eq!(only_app(&book).await.grants, [starred]);
    let prefix = Grant::Prefix("31".to_owned());
    assert!(!book.revoke(&actor(), &key, &prefix).await.unwrap());
}

pub async fn two_isvs_may_use_the_same_code<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let first = book.ensure_isv(&actor(), "one").await.unwrap();
    let second = book.ensure_isv(&actor(), "two").await.unwrap();
    assert_ne!(first, second);
    let pov_of_first = book.ensure_pov(&actor(), first, &code("00001"), None).await;
    let pov_of_second = book
        .ensure_pov(&actor(), second, &code("00001"), None)
        .await;
    assert_ne!(pov_of_first.unwrap(), pov_of_second.unwrap());
    assert_eq!(book.access().await.unwrap().povs.len(), 2);
}

pub async fn what_breaks_a_rule_is_refused<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let nobody = IsvId(77);
    let key = AppKey::new("12345678").unwrap();
    let grant = Grant::Pov(code("00001"));
    let refused = [
        kind(book.ensure_isv(&actor(), " ").await),
        kind(book.create_app(&actor(), app("12345678", nobody)).await),
        kind(
            book.ensure_pov(&actor(), nobody, &code("00001"), None)
                .await,
        ),
        kind(book.grant(&actor(), &key, &grant).await),
        kind(book.revoke(&actor(), &key, &grant).await),
        kind(
            book.set_app_status(&actor(), &key, AppStatus::Enabled)
                .await,
        ),
        kind(
            book.rotate_secret(&actor(), &key, secret("new"), true)
                .await,
        ),
    ];
    assert_eq!(refused, [StoreErrorKind::Refused; 7]);
    let isv = book.ensure_isv(&actor(), "鹿苗").await.unwrap();
    book.create_app(&actor(), app("12345678", isv))
        .await
        .unwrap();
    let taken = book.create_app(&actor(), app("12345678", isv)).await;
    assert_eq!(kind(taken), StoreErrorKind::Refused);
    assert_eq!(only_app(&book).await.secrets, [secret("first")]);
}
