//! Apps and accounts that users make for themselves.

use povline_domain::{AppKey, IsvId};
use povline_store::book::{
    Book, BookChange, CallLimits, CallScope, Grant, LimitSetting, Limits, MadeApp, NewApp, NewUser,
    Newcomer, PasswordHash, PovRecord, Role, Sandbox, SecretText, SignUp, UserName, Users, Write,
};
use povline_store::{StoreError, StoreErrorKind};

use super::Engine;
use super::support::{actor, brief, changes, clinic, code, day, kind, row};

const ROOM: usize = 100;

/// What an app of a newcomer may do.
const LIMITS: CallLimits = CallLimits {
    per_second: LimitSetting::AtMost(3),
    per_day: LimitSetting::AtMost(40),
};

fn app(isv: IsvId, key: &str) -> NewApp {
    NewApp {
        key: AppKey::new(key).unwrap(),
        isv,
        name: "desk".to_owned(),
        secret: SecretText("secret".to_owned()),
    }
}

fn newcomer(name: &str, key: &str) -> Newcomer {
    Newcomer {
        name: UserName::new(name).unwrap(),
        password: PasswordHash(format!("hash of {name}")),
        key: AppKey::new(key).unwrap(),
        secret: SecretText("sandbox".to_owned()),
        clinics: vec![(code("00001"), "测试门诊".to_owned())],
        limits: LIMITS,
    }
}

async fn enter_with<B: Users>(
    book: &B,
    newcomer: Newcomer,
    accounts_max: usize,
    appointments: impl FnOnce(IsvId, &[PovRecord]) -> Vec<Write> + Send + 'static,
) -> Result<SignUp, StoreError> {
    let actor = actor();
    let entered = book.sign_up(&actor, newcomer, accounts_max, appointments);
    entered.await
}

/// One appointment of each clinic.
fn one(isv: IsvId, povs: &[PovRecord]) -> Vec<Write> {
    let book = |pov: &PovRecord| Write::Book(pov.pov, row(&format!("S{isv}P1"), day(1), "A1"));
    povs.iter().map(book).collect()
}

pub async fn an_isv_has_so_many_apps_however_many_are_made_at_once<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let isv = clinic(&book).await.isv;
    let make = async |key: &str| {
        let made = book.make_app(&actor(), app(isv, key), 2).await;
        made.unwrap()
    };
    assert_eq!(make("10000001").await, MadeApp::Made);
    assert_eq!(make("10000001").await, MadeApp::KeyTaken);
    let (one, other, third) = tokio::join!(make("10000002"), make("10000003"), make("10000004"));
    let made = [one, other, third];
    let count = |what| made.iter().filter(|made| **made == what).count();
    assert_eq!((count(MadeApp::Made), count(MadeApp::TooMany)), (1, 2));
    assert_eq!(book.access().await.unwrap().apps.len(), 2);
    // Others have their own.
    let two = book.ensure_isv(&actor(), "two").await.unwrap();
    let made = book.make_app(&actor(), app(two, "10000005"), 2).await;
    assert_eq!(made.unwrap(), MadeApp::Made);
}

pub async fn a_newcomer_has_an_isv_clinics_and_an_app_of_their_own<E: Engine>() {
    let engine = E::new();
    let book = engine.open_sandbox();
    let other = clinic(&book).await;
    let cursor = book.change_cursor().await.unwrap();
    let done = enter_with(&book, newcomer("wang.li", "1020000001"), ROOM, one).await;
    assert_eq!(done.unwrap(), SignUp::Done);
    // Whoever follows the book learns of the app.
    assert!(changes(&book, cursor).await.contains(&BookChange::Access));
    let users = book.users().await.unwrap();
    let Role::Isv { isv, name } = &users[0].role else {
        panic!("{users:?}")
    };
    assert_eq!(
        (users[0].name.as_str(), name.as_str()),
        ("wang.li", "wang.li")
    );
    assert_ne!(*isv, other.isv);
    let access = book.access().await.unwrap();
    let app = &access.apps[0];
    let all = [Grant::Prefix(String::new())];
    assert_eq!((app.isv, app.key.as_str()), (*isv, "1020000001"));
    assert_eq!(
        (&app.grants[..], &app.write_grants[..]),
        (&all[..], &all[..])
    );
    let rules = book.call_rules().await.unwrap();
    assert_eq!(rules.limits, [(CallScope::App(app.key.clone()), LIMITS)]);
    let own: Vec<_> = access.povs.iter().filter(|pov| pov.isv == *isv).collect();
    assert_eq!(own.len(), 1);
    let rows = [format!("S{isv}P1:A1")];
    assert_eq!(brief(&book, own[0].pov, day(1)).await, rows);
    // A reset of theirs takes nothing from the account, and nothing from anybody else.
    let writes = one(*isv, &[own[0].clone()]);
    book.reset_isv(&actor(), *isv, writes).await.unwrap();
    assert_eq!(brief(&book, own[0].pov, day(1)).await, rows);
    assert_eq!(book.users().await.unwrap(), users);
    assert_eq!(book.access().await.unwrap().apps, access.apps);
}

pub async fn a_newcomer_takes_nobodys_name_and_a_full_sandbox_takes_nobody<E: Engine>() {
    let engine = E::new();
    let book = engine.open_sandbox();
    book.ensure_isv(&actor(), "sandbox").await.unwrap();
    let enter = async |name: &str, key: &str, accounts_max: usize| {
        enter_with(&book, newcomer(name, key), accounts_max, one)
            .await
            .unwrap()
    };
    // The name of an ISV would open what is that ISV's.
    assert_eq!(
        enter("sandbox", "1020000001", ROOM).await,
        SignUp::NameTaken
    );
    assert_eq!(enter("wang.li", "1020000001", ROOM).await, SignUp::Done);
    assert_eq!(
        enter("wang.li", "1020000002", ROOM).await,
        SignUp::NameTaken
    );
    assert_eq!(enter("zhao.wu", "1020000001", ROOM).await, SignUp::KeyTaken);
    // An ISV that has no user takes nobody's place.
    assert_eq!(enter("zhao.wu", "1020000002", 1).await, SignUp::Full);
    let (one, other) = tokio::join!(enter("li", "1020000003", 2), enter("na", "1020000004", 2));
    assert_eq!([one, other], [SignUp::Done, SignUp::Full]);
    assert_eq!(book.users().await.unwrap().len(), 2);
    assert_eq!(book.access().await.unwrap().apps.len(), 2);
    // Neither does an operator, nor somebody who was removed.
    let operator = NewUser {
        name: UserName::new("ops").unwrap(),
        isv: None,
        password: PasswordHash("hash of ops".to_owned()),
    };
    book.add_user(&actor(), operator).await.unwrap();
    let gone = UserName::new("wang.li").unwrap();
    book.remove_user(&actor(), &gone).await.unwrap();
    assert_eq!(book.accounts().await.unwrap(), 1);
    assert_eq!(enter("na", "1020000004", 2).await, SignUp::Done);
}

pub async fn production_takes_nobody<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let entered = enter_with(&book, newcomer("li", "10000001"), ROOM, one).await;
    assert_eq!(kind(entered), StoreErrorKind::Refused);
    assert!(book.users().await.unwrap().is_empty());
}

pub async fn a_newcomer_is_in_as_a_whole_or_not_at_all<E: Engine>() {
    let engine = E::new();
    let book = engine.open_sandbox();
    let twice = |isv: IsvId, povs: &[PovRecord]| [one(isv, povs), one(isv, povs)].concat();
    let entered = enter_with(&book, newcomer("li", "1020000001"), ROOM, twice).await;
    assert_eq!(kind(entered), StoreErrorKind::Refused);
    let access = book.access().await.unwrap();
    assert!(access.apps.is_empty() && access.povs.is_empty());
    assert!(book.users().await.unwrap().is_empty());
    let entered = enter_with(&book, newcomer("li", "1020000001"), 1, one).await;
    assert_eq!(entered.unwrap(), SignUp::Done);
}
