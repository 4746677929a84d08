//! The lists of a book.

use povline_domain::{Day, PovId};
use povline_store::book::{Book, ChangeCursor, Feed, Write};

use super::Engine;
use super::support::{actor, clinic, code, day, done, id, row, second_pov};

/// Every day is listed once, by POV and day, in parts of any size.
pub async fn lists_are_told_in_the_order_of_their_keys<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let second = second_pov(&book, &clinic).await;
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

/// Each of one's own lists is told once, in the order of its first change, in parts of any size.
pub async fn changed_lists_are_told_in_the_order_of_their_changes<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let second = second_pov(&book, &clinic).await;
    let start = book.change_cursor().await.unwrap();
    for n in [3, 1, 2] {
        let text = n.to_string();
        let own = row(&format!("A{text}"), day(n), &text);
        done(&book, Write::Book(clinic.pov, own)).await;
        let mut other = row(&format!("B{text}"), day(n), &text);
        other.out_pov_id = code("00002");
        done(&book, Write::Book(second, other)).await;
    }
    done(&book, Write::Cancel(id("A3"))).await;
    let expected = [3, 1, 2].map(|n| (clinic.pov, day(n)));
    for lists_max in 1..=4 {
        let (mut cursor, mut told) = (start, Vec::new());
        loop {
            let changed = book
                .lists_changed(vec![clinic.pov], Day::MIN, cursor, lists_max)
                .await
                .unwrap();
            assert!(changed.lists.len() <= lists_max);
            // Whoever goes on behind any of them is told the later ones.
            for (place, (_, behind)) in changed.lists.iter().enumerate() {
                let rest = book.lists_changed(vec![clinic.pov], Day::MIN, *behind, lists_max);
                let rest = rest.await.unwrap().lists;
                for ((later, _), (told, _)) in changed.lists[place + 1..].iter().zip(&rest) {
                    assert_eq!(later, told);
                }
            }
            told.extend(changed.lists.iter().map(|(list, _)| *list));
            cursor = changed.cursor;
            if !changed.has_more {
                break;
            }
        }
        assert_eq!(cursor, book.change_cursor().await.unwrap());
        // One that changes again behind its part is told again.
        let mut once = Vec::new();
        told.retain(|list| {
            let is_new = !once.contains(list);
            once.push(*list);
            is_new
        });
        assert_eq!(told, expected, "in parts of {lists_max}");
    }
    let later = book.lists_changed(vec![clinic.pov, second], day(3), start, 10);
    let later: Vec<_> = later.await.unwrap().lists;
    let later: Vec<_> = later.into_iter().map(|(list, _)| list).collect();
    assert_eq!(later, [(clinic.pov, day(3)), (second, day(3))]);
    // A cursor of a book that was put back to a backup.
    let beyond = ChangeCursor(1 << 40);
    let none = book.lists_changed(vec![second], Day::MIN, beyond, 10).await;
    let none = none.unwrap();
    assert_eq!((none.lists.len(), none.cursor), (0, beyond));
    assert!(!none.has_more);
}

/// What others write costs a look no more than a bounded number of records, and is passed by.
pub async fn one_look_goes_through_so_many_records_of_others<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let other = second_pov(&book, &clinic).await;
    let start = book.change_cursor().await.unwrap();
    let records_max = i64::from(E::Book::RECORDS_MAX);
    let writes = (0..records_max).map(|n| {
        let mut row = row(&format!("B{n}"), day(1), &n.to_string());
        row.out_pov_id = code("00002");
        Write::Book(other, row)
    });
    book.write(&actor(), writes.collect()).await.unwrap();
    let own = row("A1", day(1), "1");
    done(&book, Write::Book(clinic.pov, own)).await;
    let look = |cursor| book.lists_changed(vec![clinic.pov], Day::MIN, cursor, 10);
    let first = look(start).await.unwrap();
    assert_eq!(first.lists, []);
    assert_eq!(first.cursor, ChangeCursor(start.0 + records_max));
    assert!(first.has_more);
    let second = look(first.cursor).await.unwrap();
    let end = book.change_cursor().await.unwrap();
    assert_eq!(second.lists, [((clinic.pov, day(1)), end)]);
    assert_eq!((second.cursor, second.has_more), (end, false));
}
