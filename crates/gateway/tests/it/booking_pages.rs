//! Paging through a list of bookings: forward it is one list, whatever happens meanwhile.

use povline_domain::AppKey;
use povline_store::book::{Book as _, Grant};
use serde_json::Value;

use crate::call::NOW;
use crate::platform::DAY;
use crate::register::actor;
use crate::write_side::{BOOK, CANCEL, INFO, PERIOD, Written, booking, call, written};

/// A platform with five bookings of one vaccine, and their ids.
async fn five() -> (Written, Vec<String>) {
    let written = written().await;
    written.open(DAY, PERIOD, "9").await;
    let mut ids = Vec::new();
    for n in ["1", "2", "3", "4", "5"] {
        ids.push(book(&written, n).await);
    }
    (written, ids)
}

async fn book(written: &Written, out_id: &str) -> String {
    let ask = call(BOOK, &booking(out_id, DAY, PERIOD)).with("vaccine_id", "V1");
    let told = written.told(ask).await;
    told["model"]["appointment_id"].as_str().unwrap().to_owned()
}

/// The total and the ids of a page of two, those that were cancelled with a mark.
async fn page(written: &Written, app: &str, number: &str) -> (u64, Vec<String>) {
    let ask = call(
        INFO,
        &[
            ("vaccine_ids", "V1"),
            ("obtain_date", NOW),
            ("page_no", number),
            ("page_size", "2"),
        ],
    );
    let told = written.told(ask.with("app_key", app)).await;
    let model = &told["model"];
    let list = model["info_detail_list"]["info_detail"].as_array().unwrap();
    let id = |row: &Value| {
        let id = row["isv_order_id"].as_str().unwrap();
        match row.get("cancel_time") {
            Some(_) => format!("{id} cancelled"),
            None => id.to_owned(),
        }
    };
    (
        model["total"].as_u64().unwrap(),
        list.iter().map(id).collect(),
    )
}

const APP: &str = crate::call::APP_KEY;

#[tokio::test]
async fn a_forward_loop_pages_through_the_list_of_its_first_page() {
    let (written, ids) = five().await;
    assert_eq!(page(&written, APP, "1").await, (5, ids[..2].to_vec()));
    let sixth = book(&written, "6").await;
    let cancel = [("appointment_id", ids[2].as_str())];
    assert_eq!(written.ask(CANCEL, &cancel).await["is_success"], true);
    // Each row is what it is now; which rows there are was said by the first page.
    let third = format!("{} cancelled", ids[2]);
    let second_page = vec![third.clone(), ids[3].clone()];
    assert_eq!(page(&written, APP, "2").await, (5, second_page.clone()));
    assert_eq!(page(&written, APP, "3").await, (5, vec![ids[4].clone()]));
    assert_eq!(page(&written, APP, "4").await, (5, Vec::new()));
    // An answer may be lost and asked for again.
    assert_eq!(page(&written, APP, "2").await, (5, second_page));
    // Begun anew, it is the present's.
    assert_eq!(page(&written, APP, "1").await, (6, ids[..2].to_vec()));
    let last = vec![ids[4].clone(), sixth];
    assert_eq!(page(&written, APP, "2").await.1[0], third);
    assert_eq!(page(&written, APP, "3").await, (6, last));
}

#[tokio::test]
async fn any_other_access_is_told_the_present() {
    let (written, ids) = five().await;
    page(&written, APP, "1").await;
    let sixth = book(&written, "6").await;
    let last = vec![ids[4].clone(), sixth];
    // Page 2 was not read; another app has read nothing; and too late is too late.
    assert_eq!(page(&written, APP, "3").await, (6, last.clone()));
    assert_eq!(page(&written, "reader", "3").await, (6, last.clone()));
    page(&written, APP, "1").await;
    book(&written, "7").await;
    assert_eq!(page(&written, APP, "2").await.0, 6);
    written.platform.clock.advance(600_000);
    assert_eq!(page(&written, APP, "3").await, (7, last));
}

#[tokio::test]
async fn what_an_app_may_not_read_any_more_is_on_none_of_its_pages() {
    let (written, ids) = five().await;
    assert_eq!(page(&written, "reader", "1").await, (5, ids[..2].to_vec()));
    let reader = AppKey::new("reader").unwrap();
    let one = Grant::parse("00001").unwrap();
    let book = &written.platform.book;
    assert!(book.revoke(&actor(), &reader, &one).await.unwrap());
    let nothing = (0, Vec::new());
    crate::follow::until(async || page(&written, "reader", "2").await == nothing).await;
    assert_eq!(page(&written, "reader", "3").await, nothing);
}
