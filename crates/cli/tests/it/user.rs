//! Who may sign in to the portal, from the command line.

use crate::binary::Place;

const PASSWORD: &[u8] = b"correct horse battery staple\n";

#[test]
fn users_are_made_listed_and_removed_and_no_password_is_told() {
    let place = Place::new();
    let add =
        |args: &str| place.run_with_input(&format!("user add --data platform {args}"), PASSWORD);
    add("--isv test wang.li").ends_with(0);
    add("--operator ops").ends_with(0);
    let taken = add("--operator ops").ends_with(1);
    assert!(taken.stderr.contains("the name is taken"), "{taken:#?}");
    let users = place.run("user list --data platform --format json");
    let users = users.ends_with(0).json();
    let told = |n: usize, field: &str| users[n][field].as_str().unwrap_or("-").to_owned();
    assert_eq!(
        (told(0, "name"), told(0, "role")),
        ("ops".into(), "operator".into())
    );
    assert_eq!(
        (told(1, "name"), told(1, "isv")),
        ("wang.li".into(), "test".into())
    );
    let book = std::fs::read(place.path().join("platform/book.sqlite")).unwrap();
    let wal = std::fs::read(place.path().join("platform/book.sqlite-wal")).unwrap_or_default();
    for bytes in [&book, &wal] {
        let is_there = bytes.windows(13).any(|window| window == &PASSWORD[..13]);
        assert!(!is_there, "the password itself is kept");
    }
    let changed = place.run_with_input("user password --data platform ops", b"another password\n");
    changed.ends_with(0);
    place.run("user remove --data platform ops").ends_with(0);
    place.run("user remove --data platform ops").ends_with(1);
}

#[test]
fn what_cannot_be_a_user_or_a_password_is_refused() {
    let place = Place::new();
    let add = |args: &str, input: &[u8]| {
        place.run_with_input(&format!("user add --data platform {args}"), input)
    };
    let short = add("--operator ops", b"short\n").ends_with(2);
    assert!(short.stderr.contains("12 to 128 characters"), "{short:#?}");
    add("--operator 王", PASSWORD).ends_with(2);
    // Whose user it is must be said, and be one thing.
    add("ops", PASSWORD).ends_with(2);
    add("--operator --isv test ops", PASSWORD).ends_with(2);
    let unknown = place.run_with_input("user password --data nothing ops", PASSWORD);
    unknown.ends_with(1);
}
