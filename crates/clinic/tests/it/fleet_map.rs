//! The fleet page's map: what each cell says of its list, and how far ahead the map goes.

use povline_clinic::FLEET_COOKIE;
use povline_domain::Appointment;

use crate::support::{Place, row};

fn rows(count: usize) -> Vec<Appointment> {
    let rows = (0..count).map(|n| row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三"));
    rows.collect()
}

/// The ISV's cookies, for each language.
async fn isv(place: &Place) -> [String; 2] {
    let token = place.token(None).await;
    ["zh", "en"].map(|language| format!("{FLEET_COOKIE}={token}; lang={language}"))
}

/// A cell of the first clinic: its classes, its title, and its text.
fn cell(page: &str, nth: usize) -> [String; 3] {
    let (_, map) = page.split_once("class=\"map\"").unwrap();
    let (_, cells) = map.split_once("<tbody>").unwrap();
    let cell = cells.split("<td ").nth(nth + 1).unwrap();
    let (tag, rest) = cell.split_once('>').unwrap();
    let inside = rest.split("</td>").next().unwrap();
    let text = inside.split('<').map(|piece| match piece.split_once('>') {
        Some((_, text)) => text,
        None => piece,
    });
    let attribute = |name: &str| {
        let (_, value) = tag.split_once(&format!("{name}=\"")).unwrap();
        value.split('"').next().unwrap().to_owned()
    };
    [
        attribute("class"),
        attribute("title"),
        text.collect::<String>().trim().to_owned(),
    ]
}

#[tokio::test]
async fn a_cell_tells_age_and_change_by_its_level_and_in_words() {
    let place = Place::new();
    let [chinese, english] = isv(&place).await;
    place.read("1", 0, rows(2)).await;
    place.pass(5 * 60_000);
    place.read("1", 0, rows(2)).await;
    let mut age = 0;
    for (minutes, level, text) in [
        (1, "level-fresh", "1m Δ6m"),
        (8, "level-good", "8m Δ13m"),
        (16, "level-stale", "! 16m Δ21m"),
        (46, "level-old", "!! 46m Δ51m"),
    ] {
        place.pass((minutes - age) * 60_000);
        age = minutes;
        let page = place.page("/fleet/now", &english).await.text;
        let [class, title, told] = cell(&page, 0);
        assert_eq!((class.as_str(), told.as_str()), (level, text));
        assert_eq!(title, "2 appointments · complete");
        let page = place.page("/fleet/now", &chinese).await.text;
        let [class, title, told] = cell(&page, 0);
        assert_eq!((class.as_str(), told.as_str()), (level, text));
        assert_eq!(title, "2 条 · 完整");
        // Each level of the map stands in the legend.
        assert!(page.contains(&format!("class=\"key {level}\"")), "{page}");
    }
    // What changes now is new again.
    place.read("1", 0, rows(3)).await;
    place.pass(60_000);
    let page = place.page("/fleet/now", &english).await.text;
    let [class, title, told] = cell(&page, 0);
    assert_eq!((class.as_str(), told.as_str()), ("level-fresh", "1m Δ1m"));
    assert_eq!(title, "3 appointments · complete");
    // One that vanished is in doubt; more than people cancel is held, however fresh it is.
    place.read("1", 0, rows(2)).await;
    let page = place.page("/fleet/now", &english).await.text;
    assert!(cell(&page, 0)[2].ends_with("?1"), "{page}");
    place.read("1", 0, rows(60)).await;
    place.read("1", 0, rows(10)).await;
    let page = place.page("/fleet/now", &english).await.text;
    let [class, _, told] = cell(&page, 0);
    assert_eq!(class, "level-fresh is-held");
    assert!(told.starts_with("held ") && told.ends_with("?50"), "{told}");
    let page = place.page("/fleet/now", &chinese).await.text;
    assert!(cell(&page, 0)[2].starts_with("停 "), "{page}");
}

#[tokio::test]
async fn the_map_goes_as_far_ahead_as_the_agent_reads() {
    let place = Place::new();
    let [chinese, english] = isv(&place).await;
    let columns = |page: &str| {
        page.split("<thead>")
            .nth(1)
            .unwrap()
            .split("</thead>")
            .next()
            .unwrap()
            .matches("<th ")
            .count()
            - 1
    };
    for ahead in 0..8 {
        place.read("1", ahead, Vec::new()).await;
    }
    let page = place.page("/fleet", &english).await.text;
    assert_eq!(columns(&page), 8);
    assert!(!page.contains("id=\"days\""), "{page}");
    for ahead in 8..31 {
        place.read("1", ahead, Vec::new()).await;
    }
    let page = place.page("/fleet", &english).await.text;
    assert_eq!(columns(&page), 8);
    assert!(
        page.contains("&amp;days=all\">show all 31 days</a>"),
        "{page}"
    );
    let page = place.page("/fleet?days=all", &english).await.text;
    assert_eq!(columns(&page), 31);
    assert!(page.contains(">12-24</th>"), "{page}");
    // It stays so when the page looks again, and in the other language.
    assert!(
        page.contains("data-now=\"/fleet/now?lang=en&#38;days=all\"")
            && page.contains("href=\"/fleet?lang=zh-CN&#38;days=all\""),
        "{page}"
    );
    let page = place.page("/fleet/now?days=all", &english).await.text;
    assert_eq!(columns(&page), 31);
    assert!(page.contains("show the first days alone"), "{page}");
    let page = place.page("/fleet/now?days=all", &chinese).await.text;
    assert!(page.contains("只显示最近几天"), "{page}");
}
