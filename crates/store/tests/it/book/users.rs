//! Users of the site and their sessions.

use povline_domain::UnixMillis;
use povline_store::book::{
    Actor, Book, BookChange, NewUser, PasswordHash, Role, SessionDigest, UserName, Users,
};

use super::Engine;
use super::support::{actor, changes, clinic, kind};

fn name(text: &str) -> UserName {
    UserName::new(text).unwrap()
}

fn user(text: &str, isv: Option<povline_domain::IsvId>) -> NewUser {
    NewUser {
        name: name(text),
        isv,
        password: PasswordHash(format!("hash of {text}")),
    }
}

fn at(millis: i64) -> UnixMillis {
    actor().at.plus_millis(millis)
}

fn actor_at(millis: i64) -> Actor {
    Actor {
        at: at(millis),
        ..actor()
    }
}

/// Begins a session with the password that the user was made with.
async fn begin<B: Users>(book: &B, actor: &Actor, of: &str, session: &SessionDigest) -> bool {
    let password = PasswordHash(format!("hash of {of}"));
    let of = name(of);
    let begun = book.sign_in(actor, &of, password, session.clone());
    begun.await.unwrap()
}

pub async fn users_are_made_listed_and_removed<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let cursor = book.change_cursor().await.unwrap();
    book.add_user(&actor(), user("wang.li", Some(clinic.isv)))
        .await
        .unwrap();
    book.add_user(&actor(), user("ops", None)).await.unwrap();
    kind(book.add_user(&actor(), user("ops", None)).await);
    let nowhere = Some(povline_domain::IsvId(77));
    kind(book.add_user(&actor(), user("new", nowhere)).await);
    // Who may sign in changes nothing for those who follow the API's access.
    let told: [BookChange; 0] = [];
    assert_eq!(changes(&book, cursor).await, told);

    let users = book.users().await.unwrap();
    let told: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(told, ["ops", "wang.li"]);
    assert_eq!(users[0].role, Role::Operator);
    assert_eq!(
        users[1].role,
        Role::Isv {
            isv: clinic.isv,
            name: "鹿苗".to_owned()
        }
    );
    let hash = book.password_of(&name("Wang.Li ")).await.unwrap();
    assert_eq!(hash, Some(PasswordHash("hash of wang.li".to_owned())));
    assert_eq!(book.password_of(&name("nobody")).await.unwrap(), None);

    book.remove_user(&actor(), &name("ops")).await.unwrap();
    kind(book.remove_user(&actor(), &name("ops")).await);
    assert_eq!(book.users().await.unwrap().len(), 1);
    let audit = book.audit(0, 100).await.unwrap();
    let told: Vec<_> = audit
        .iter()
        .filter(|record| record.action.contains("user"))
        .map(|record| (record.action.as_str(), record.object.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("add_user", "wang.li"),
            ("add_user", "ops"),
            ("remove_user", "ops")
        ]
    );
}

pub async fn a_session_ends_when_it_is_idle_old_or_out_of_number<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    book.add_user(&actor(), user("ops", None)).await.unwrap();
    let session = SessionDigest::of("session");
    assert!(!begin(&book, &actor(), "nobody", &session).await);
    assert!(begin(&book, &actor(), "ops", &session).await);
    let who = async |digest: &SessionDigest, millis| {
        let found = book.signed_in(digest, at(millis)).await.unwrap();
        found.map(|session| session.user.name.as_str().to_owned())
    };
    assert_eq!(who(&session, 0).await.as_deref(), Some("ops"));
    assert_eq!(who(&SessionDigest::of("other"), 0).await, None);

    let idle = E::Book::SESSION_IDLE_MILLIS;
    assert!(who(&session, idle - 1).await.is_some());
    assert!(who(&session, idle).await.is_none());
    // Used now and then it lives on, but not for ever.
    let whole = E::Book::SESSION_MILLIS;
    let mut now = 0;
    while now + idle < whole {
        now += idle - 1;
        book.see_session(&session, at(now)).await.unwrap();
    }
    assert!(who(&session, whole - 1).await.is_some());
    assert!(who(&session, whole).await.is_none());

    for n in 0..=E::Book::USER_SESSIONS_MAX as i64 {
        let next = SessionDigest::of(&n.to_string());
        assert!(begin(&book, &actor_at(n), "ops", &next).await);
    }
    assert!(who(&SessionDigest::of("0"), 100).await.is_none());
    let newest = SessionDigest::of(&E::Book::USER_SESSIONS_MAX.to_string());
    assert!(who(&newest, 100).await.is_some());
    book.sign_out(&newest).await.unwrap();
    assert!(who(&newest, 100).await.is_none());
}

pub async fn another_password_ends_the_sessions<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    book.add_user(&actor(), user("ops", None)).await.unwrap();
    let session = SessionDigest::of("session");
    assert!(begin(&book, &actor(), "ops", &session).await);
    let other = PasswordHash("other".to_owned());
    book.set_password(&actor(), &name("ops"), other.clone())
        .await
        .unwrap();
    assert_eq!(book.password_of(&name("ops")).await.unwrap(), Some(other));
    assert_eq!(book.signed_in(&session, at(0)).await.unwrap(), None);
    // Nor does the password before it begin one, found right as it was a moment ago.
    assert!(!begin(&book, &actor(), "ops", &session).await);
    assert_eq!(book.signed_in(&session, at(0)).await.unwrap(), None);
    let nothing = PasswordHash(String::new());
    kind(book.set_password(&actor(), &name("nobody"), nothing).await);
}
