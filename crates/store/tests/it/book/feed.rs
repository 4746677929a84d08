//! The lists of a book.

use povline_domain::{Day, PovId};
use povline_store::book::{Book, Feed, Write};

use super::Engine;

use super::support::{actor, clinic, code, day, row};

/// Every day is listed once, by POV and day, in parts of any size.
pub async fn lists_are_told_in_the_order_of_their_keys<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let second = book
        .ensure_pov(&actor(), clinic.isv, &code("00002"), None)
        .await
        .unwrap();
    let mut writes = Vec::new();
    for n in [3, 1, 2] {
        let text = n.to_string();
        writes.push(Write::Book(
            clinic.pov,
            row(&format!("A{text}"), day(n), &text),
        ));
        let mut other = row(&format!("B{text}"), day(n), &text);
        other.out_pov_id = code("00002");
        writes.push(Write::Book(second, other));
    }
    book.write(&actor(), writes).await.unwrap();
    let mut povs = vec![clinic.pov, second];
    povs.sort_unstable();
    let all: Vec<(PovId, Day)> = povs
        .iter()
        .flat_map(|pov| (1..=3).map(|n| (*pov, day(n))))
        .collect();
    for days_max in 1..=7 {
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let part = book
                .days_after(povs.clone(), after, Day::MIN, days_max)
                .await
                .unwrap();
            let full = part.len() == days_max;
            assert!(part.len() <= days_max);
            told.extend(part);
            after = told.last().copied();
            if !full {
                break;
            }
        }
        assert_eq!(told, all, "in parts of {days_max}");
    }
    let later = book
        .days_after(vec![second], None, day(2), 10)
        .await
        .unwrap();
    assert_eq!(later, [(second, day(2)), (second, day(3))]);
    let none = book.days_after(vec![], None, Day::MIN, 10).await.unwrap();
    assert_eq!(none, []);
}
