//! The link to the other language on pages that answer a form: it asks for a page, so it must lead
//! to one, and never away from what is shown this once.

use http::{Request, StatusCode};
use povline_store::book::Users as _;

use crate::doors::{FIELDS, forms};
use crate::site::{APP, Answer, PASSWORD, SANDBOX_APPS, Site, form, with_form};

/// Where the link of a page leads.
fn other_language(answer: &Answer) -> Option<String> {
    let (before, _) = answer.text.split_once(" hreflang=")?;
    let (_, link) = before.rsplit_once("<a href=\"").unwrap();
    let address = link.split('"').next().unwrap();
    Some(address.replace("&#38;", "&"))
}

#[tokio::test]
async fn it_leads_to_a_page_from_every_answer_to_a_form() {
    let site = Site::new().await;
    let mut followed = 0;
    for name in ["wang.li", "ops"] {
        let reader = site.signed_in(name).await;
        for path in forms() {
            let bare = reader.post_bare(&path, String::new()).await;
            if path == "/sign-out" {
                assert_eq!(bare.status, StatusCode::FORBIDDEN);
                let address = other_language(&bare).unwrap();
                assert_eq!(reader.get(&address).await.status, StatusCode::OK);
                continue;
            }
            let good = reader.post(&path, &FIELDS[..8]).await;
            let refused = reader.post(&path, &[("app", "0"), ("grant", "0 0")]).await;
            for answer in [bare, good, refused] {
                let what = format!("{name} {path} {}", answer.status);
                if answer.status == StatusCode::SEE_OTHER {
                    continue;
                }
                match other_language(&answer) {
                    Some(address) => {
                        let page = reader.get(&address).await;
                        assert_eq!(page.status, StatusCode::OK, "{what}: {address}");
                        assert!(page.text.contains("<html lang=\"zh-CN\""), "{what}");
                        followed += 1;
                    }
                    None => assert!(
                        answer.text.contains("shown this once"),
                        "{what}: {}",
                        answer.text
                    ),
                }
            }
        }
    }
    assert!(followed > 5, "{followed}");
}

#[tokio::test]
async fn a_refused_change_leads_back_to_its_own_page() {
    let site = Site::new().await;
    let ops = site.signed_in("ops").await;
    let app = format!("/apps/{APP}");
    let grant = ops.post(&format!("{app}/grant"), &[("grant", "")]).await;
    assert_eq!(grant.status, StatusCode::UNPROCESSABLE_ENTITY);
    let expected = format!("{app}?lang=zh-CN");
    assert_eq!(other_language(&grant), Some(expected));
    let verify = ops.post("/operator/audit/verify", &[]).await;
    assert_eq!(verify.status, StatusCode::OK);
    let expected = "/operator/audit?lang=zh-CN".to_owned();
    assert_eq!(other_language(&verify), Some(expected));
    // One that asks for what is not there leads to what is.
    let nothing = ops.post("/apps/nothing/rotate", &[]).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    let expected = "/apps?lang=zh-CN".to_owned();
    assert_eq!(other_language(&nothing), Some(expected));
}

#[tokio::test]
async fn a_secret_and_an_outcome_have_none() {
    let site = Site::sandbox(100).await;
    let reader = site.signed_in("wang.li").await;
    let app = SANDBOX_APPS[0];
    let call = [("app", app), ("method", "povline.appointment.cancel")];
    let rotated = format!("/apps/{app}/rotate");
    for (path, fields, shown) in [
        ("/apps", &[("name", "desk")][..], "id=\"secret\""),
        (rotated.as_str(), &[], "id=\"secret\""),
        ("/tool", &call, "id=\"outcome\""),
    ] {
        let page = reader.post(path, fields).await;
        assert!(page.text.contains(shown), "{path}: {}", page.text);
        assert_eq!(other_language(&page), None, "{path}");
        assert!(page.text.contains("after you have left it"), "{path}");
    }
    let newcomer = [("name", "li"), ("password", PASSWORD), ("again", PASSWORD)];
    let request = Request::post("/sign-up");
    let welcome = site.send(with_form(request, form(&newcomer))).await;
    assert!(welcome.text.contains("id=\"secret\""), "{}", welcome.text);
    assert_eq!(other_language(&welcome), None);
    assert_eq!(site.book.users().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_stranger_is_led_to_the_form_and_on_to_where_they_wanted() {
    let site = Site::sandbox(100).await;
    let send = async |path: &str, fields: &[(&str, &str)]| {
        let answer = site
            .send(with_form(Request::post(path), form(fields)))
            .await;
        let address = other_language(&answer).unwrap();
        let page = site.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {address}");
        page
    };
    let back = "/tool?app=1&method=a";
    let wrong = [("name", "li"), ("password", "wrong"), ("back", back)];
    let page = send("/sign-in", &wrong).await;
    let kept = format!("name=\"back\" value=\"{}\"", back.replace('&', "&#38;"));
    assert!(page.text.contains(&kept), "{}", page.text);
    send("/sign-up", &[("name", "")]).await;
    let closed = Site::new().await;
    let answer = closed
        .send(with_form(Request::post("/sign-up"), String::new()))
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let address = other_language(&answer).unwrap();
    assert_eq!(closed.get(&address).await.status, StatusCode::OK);
}
