//! POVs that are registered, and the right to write.

use povline_store::book::{Book, BookChange, Grant, PovDetails, Register};

use super::Engine;
use super::support::{actor, changes, code, kind};
use super::write_side::{app, booked_clinic};

fn details() -> PovDetails {
    PovDetails {
        name: "呼家楼接种点".to_owned(),
        telephone: "010-12345678".to_owned(),
        address: "呼家楼".to_owned(),
        description: None,
        business_time: Some("周一至周五 09:00-17:00".to_owned()),
    }
}

/// The clinic that is there, and one more.
const POVS_MAX: usize = 2;

pub async fn a_pov_is_registered_and_altered<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = booked_clinic(&book).await;
    let new = code("2088332589401234");
    let registered = book
        .register_pov(&actor(), clinic.isv, &new, details(), POVS_MAX)
        .await;
    let registered = registered.unwrap().unwrap();
    assert!(registered.created && registered.pov != clinic.pov);
    let told = book.pov_details(registered.pov).await.unwrap();
    assert_eq!(told, Some(details()));
    let cursor = book.change_cursor().await.unwrap();
    let again = book
        .register_pov(&actor(), clinic.isv, &new, details(), POVS_MAX)
        .await;
    assert_eq!(
        (again.unwrap().unwrap().pov, false),
        (registered.pov, false)
    );
    assert_eq!(book.change_cursor().await.unwrap(), cursor);
    let altered = PovDetails {
        description: Some("二楼".to_owned()),
        business_time: None,
        ..details()
    };
    let again = book
        .register_pov(&actor(), clinic.isv, &new, altered.clone(), POVS_MAX)
        .await;
    assert!(!again.unwrap().unwrap().created);
    let told = book.pov_details(registered.pov).await.unwrap();
    assert_eq!(told, Some(altered));
    assert_eq!(book.pov_details(clinic.pov).await.unwrap(), None);
    // One more there may not be, and nothing of it is.
    let more = book
        .register_pov(&actor(), clinic.isv, &code("00007"), details(), POVS_MAX)
        .await;
    assert_eq!(more.unwrap(), None);
    assert_eq!(book.access().await.unwrap().povs.len(), POVS_MAX);
    let find = async |isv: &str, text: &str| book.find_pov(isv, &code(text)).await.unwrap();
    assert_eq!(find("鹿苗", "00001").await, Some(clinic.pov));
    assert_eq!(find("鹿苗", "00002").await, None);
    assert_eq!(find("nobody", "00001").await, None);
}

pub async fn the_right_to_write_goes_with_its_grant<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    booked_clinic(&book).await;
    let rights = async || {
        let access = book.access().await.unwrap();
        let app = access.apps.into_iter().next().unwrap();
        (app.grants, app.write_grants)
    };
    let one = Grant::parse("00001").unwrap();
    let some = Grant::parse("31*").unwrap();
    book.grant(&actor(), &app(), &one).await.unwrap();
    assert_eq!(rights().await, (vec![one.clone()], vec![]));
    let cursor = book.change_cursor().await.unwrap();
    book.grant_writing(&actor(), &app(), &one).await.unwrap();
    assert_eq!(changes(&book, cursor).await, [BookChange::Access]);
    book.grant_writing(&actor(), &app(), &some).await.unwrap();
    let both = vec![one.clone(), some.clone()];
    assert_eq!(rights().await, (both.clone(), both.clone()));
    let cursor = book.change_cursor().await.unwrap();
    book.grant_writing(&actor(), &app(), &some).await.unwrap();
    assert_eq!(changes(&book, cursor).await, []);
    // Granting to read does not take it away.
    book.grant(&actor(), &app(), &one).await.unwrap();
    assert_eq!(rights().await.1, both);
    assert!(book.revoke_writing(&actor(), &app(), &one).await.unwrap());
    assert!(!book.revoke_writing(&actor(), &app(), &one).await.unwrap());
    assert_eq!(rights().await, (both, vec![some.clone()]));
    assert!(book.revoke(&actor(), &app(), &some).await.unwrap());
    assert_eq!(rights().await, (vec![one.clone()], vec![]));
    let nobody = povline_domain::AppKey::new("nobody").unwrap();
    kind(book.grant_writing(&actor(), &nobody, &one).await);
    kind(book.revoke_writing(&actor(), &nobody, &one).await);
}
