//! Who gets in, and who does not.

use axum::body::Body;
use http::{Request, StatusCode};
use povline_store::ledger::Desk as _;
use povline_web::Peer;
use serde_json::json;

use crate::support::{PIN, Place, at_desk, at_screen, pov, row};

#[tokio::test]
async fn nobody_gets_in_without_a_right_and_no_right_reaches_another_clinic() {
    let place = Place::new();
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let session = place.session("1", false).await;
    let other = place.session("2", false).await;
    let token = place.token(Some("1")).await;
    let fleet = place.token(None).await;
    for path in [
        "/v1/lists/today",
        "/v1/lists/today/counts",
        "/v1/find?q=1001",
        "/v1/events",
    ] {
        for wrong in ["", "pvc_00", "pvs_00", fleet.as_str()] {
            place.get(path, wrong).await.is(StatusCode::UNAUTHORIZED);
        }
    }
    let names = |answer: crate::support::Answer| {
        let list = answer.is(StatusCode::OK).json();
        let rows = list["rows"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(place.get("/v1/lists/today", &session).await),
        ["张小三"]
    );
    assert_eq!(names(place.get("/v1/lists/today", &token).await), ["张*三"]);
    assert!(names(place.get("/v1/lists/today", &other).await).is_empty());
    // A pick at another clinic's list is no pick.
    let body = json!({ "appointment_id": "P1001" });
    place
        .post("/v1/pick", &other, &body)
        .await
        .is(StatusCode::NOT_FOUND);
    // A token that was taken back opens nothing.
    let number = place.ledger.tokens().unwrap()[0].number;
    assert!(place.ledger.revoke_token(number).await.unwrap());
    place
        .get("/v1/lists/today", &token)
        .await
        .is(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_pairing_code_is_good_once_and_for_ten_minutes() {
    let place = Place::new();
    let code = place.pairing_code("1", false).await;
    let typed = json!({ "code": code.replace(' ', "") });
    place.post("/v1/pair", "", &typed).await.is(StatusCode::OK);
    place
        .post("/v1/pair", "", &typed)
        .await
        .is(StatusCode::UNAUTHORIZED);
    let code = place.pairing_code("1", false).await;
    place.pass(600_001);
    let typed = json!({ "code": code });
    place
        .post("/v1/pair", "", &typed)
        .await
        .is(StatusCode::UNAUTHORIZED);
    // Codes cannot be tried out.
    let mut refused = 0;
    for guess in 0..30 {
        let body = json!({ "code": format!("{guess:08}") });
        let answer = place.post("/v1/pair", "", &body).await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused >= 20, "{refused}");
}

#[tokio::test]
async fn wrong_pins_lock_with_a_clear_message_however_many_come_at_once() {
    let place = Place::new();
    let device = place.device("1", false).await;
    let staff = place.add_staff("1", "李护士", false).await;
    let guesses = (0..8).map(|_| place.sign_in(&device, staff, "000000"));
    for answer in join_all(guesses).await {
        assert_ne!(answer.status, StatusCode::OK);
    }
    let locked = place.sign_in(&device, staff, PIN).await;
    let locked = locked.is(StatusCode::TOO_MANY_REQUESTS).json();
    assert_eq!(locked["error"], "locked");
    let message = locked["message"].as_str().unwrap();
    assert!(
        message.contains("08:01:") && message.contains("PIN 错误次数过多"),
        "{message}"
    );
    // The lock ends; one more wrong one doubles it.
    place.pass(60_001);
    let again = place.sign_in(&device, staff, "000000").await;
    let until = again.is(StatusCode::TOO_MANY_REQUESTS).json()["again_at"]
        .as_i64()
        .unwrap();
    let lasts = until - place.now().0;
    assert!((110_000..=120_000).contains(&lasts), "{lasts}");
    place.pass(120_001);
    place
        .sign_in(&device, staff, "２５８ 036")
        .await
        .is(StatusCode::OK);
    // The right one begins the count anew; the fifth wrong one says that it locked.
    for _ in 0..4 {
        let wrong = place.sign_in(&device, staff, "000000").await;
        wrong.is(StatusCode::UNAUTHORIZED);
    }
    let fifth = place.sign_in(&device, staff, "000000").await;
    fifth.is(StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_locked_device_is_told_until_when_whoever_is_meant() {
    let place = Place::new();
    let device = place.device("1", false).await;
    let mut people = Vec::new();
    for name in ["李护士", "王护士", "张护士"] {
        people.push(place.add_staff("1", name, false).await);
    }
    for _ in 0..4 {
        for person in &people[..2] {
            let wrong = place.sign_in(&device, *person, "000000").await;
            wrong.is(StatusCode::UNAUTHORIZED);
        }
    }
    let ninth = place.sign_in(&device, people[2], "000000").await;
    ninth.is(StatusCode::UNAUTHORIZED);
    // The tenth locks the device, and says so; so does everyone after it, the right one included.
    let mut until = Vec::new();
    for (person, pin) in [(2, "000000"), (0, PIN), (2, PIN)] {
        let answer = place.sign_in(&device, people[person], pin).await;
        let locked = answer.is(StatusCode::TOO_MANY_REQUESTS).json();
        assert_eq!(locked["error"], "locked");
        until.push(locked["again_at"].as_i64().unwrap());
    }
    assert!(until.iter().all(|at| *at == until[0]), "{until:?}");
    assert!(until[0] > place.now().0);
    let nobody = place.sign_in(&device, 999, PIN).await;
    nobody.is(StatusCode::TOO_MANY_REQUESTS);
    // At another device each may sign in.
    let other = place.device("1", false).await;
    let right = place.sign_in(&other, people[2], PIN).await;
    right.is(StatusCode::OK);
}

#[tokio::test]
async fn who_tries_pairing_codes_out_locks_nobody_else_out() {
    let place = Place::new();
    let from = |address: &str, code: String| {
        let peer = Peer {
            address: address.parse().unwrap(),
            is_beyond_limit: false,
        };
        let request = Request::post("/v1/pair")
            .extension(peer)
            .header("content-type", "application/json")
            .body(Body::from(json!({ "code": code }).to_string()));
        place.send(request.unwrap())
    };
    let mut let_in = 0;
    for guess in 0..50 {
        // All of one /64 is one caller, and so is IPv4 written as IPv6.
        let port = format!("[2001:db8::{guess:x}]:40000");
        let answer = from(&port, format!("{guess:08}")).await;
        let_in += usize::from(answer.status == StatusCode::UNAUTHORIZED);
    }
    assert_eq!(let_in, 10);
    let code = place.pairing_code("1", false).await;
    from("[2001:db8:1::1]:40000", code).await.is(StatusCode::OK);
    for guess in 0..10 {
        from("192.0.2.1:1", format!("{guess:08}"))
            .await
            .is(StatusCode::UNAUTHORIZED);
    }
    let again = from("[::ffff:192.0.2.1]:1", "00000000".to_owned()).await;
    let again = again.is(StatusCode::TOO_MANY_REQUESTS).json();
    assert_eq!(again["error"], "too-often");
    // All addresses together are held to a ceiling.
    let mut let_in = 0;
    for guess in 0..200 {
        let answer = from(&format!("198.51.100.{guess}:1"), format!("{guess:08}")).await;
        let_in += usize::from(answer.status == StatusCode::UNAUTHORIZED);
    }
    assert_eq!(let_in, 100 - 10 - 1 - 10);
}

/// All at once, so that none knows of the others.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        let mut is_pending = false;
        for (future, output) in &mut futures {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => is_pending = true,
                }
            }
        }
        match is_pending {
            true => std::task::Poll::Pending,
            false => std::task::Poll::Ready(
                futures
                    .iter_mut()
                    .filter_map(|(_, output)| output.take())
                    .collect(),
            ),
        }
    })
    .await
}

#[tokio::test]
async fn a_screen_signs_nobody_in_and_rights_end_when_they_are_taken_back() {
    let place = Place::new();
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let staff = place.add_staff("1", "李护士", false).await;
    let screen = place.device("1", true).await;
    let refused = place.sign_in(&screen, staff, PIN).await;
    let refused = refused.is(StatusCode::FORBIDDEN).json();
    assert_eq!(refused["error"], "not-at-screen");
    // Who works there is nothing for a public screen either.
    let refused = place.get("/v1/staff", &screen).await;
    assert!(!refused.is(StatusCode::FORBIDDEN).text.contains("李护士"));
    let page = place.page("/sign-in", &at_screen(&screen)).await;
    assert!(!page.is(StatusCode::FORBIDDEN).text.contains("李护士"));
    let desk = place.device("1", false).await;
    let people = place.get("/v1/staff", &desk).await.is(StatusCode::OK);
    assert_eq!(people.json()[0]["name"], "李护士");
    place
        .page("/screen", &at_screen(&screen))
        .await
        .is(StatusCode::OK);
    place
        .page("/", &at_screen(&screen))
        .await
        .is(StatusCode::SEE_OTHER);

    let session = place.session("1", false).await;
    place.page("/", &at_desk(&session)).await.is(StatusCode::OK);
    assert!(
        place
            .ledger
            .remove_staff(pov("1"), "李护士".to_owned())
            .await
            .unwrap()
    );
    place
        .page("/", &at_desk(&session))
        .await
        .is(StatusCode::SEE_OTHER);

    let session = place.session("1", false).await;
    for device in place.ledger.devices(&pov("1")).unwrap() {
        assert!(place.ledger.remove_device(device.number).await.unwrap());
    }
    place
        .get("/v1/lists/today", &session)
        .await
        .is(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_shift_ends_and_signing_out_ends_it_at_once() {
    let place = Place::new();
    let session = place.session("1", false).await;
    place.pass(12 * 60 * 60 * 1_000 - 1_000);
    place
        .get("/v1/lists/today", &session)
        .await
        .is(StatusCode::OK);
    place.pass(2_000);
    place
        .get("/v1/lists/today", &session)
        .await
        .is(StatusCode::UNAUTHORIZED);
    let session = place.session("1", false).await;
    let answer = place.form("/sign-out", &at_desk(&session), "").await;
    answer.is(StatusCode::SEE_OTHER);
    place
        .get("/v1/lists/today", &session)
        .await
        .is(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_sites_page_can_do_nothing() {
    let place = Place::new();
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let session = place.session("1", true).await;
    for path in ["/", "/sign-out", "/sign-in", "/pair", "/fleet/sign-in"] {
        let request = Request::post(path)
            .header("cookie", at_desk(&session))
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("pick=P1001&staff=1&pin=1&code=1&token=1"))
            .unwrap();
        place.send(request).await.is(StatusCode::FORBIDDEN);
    }
    assert_eq!(place.ledger.waiting().unwrap().count, 0);
}
