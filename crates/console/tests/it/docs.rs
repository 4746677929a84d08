use crate::site::{APP, OTHER_APP, Reader, Site};

const METHOD: &str = "alibaba.health.vaccin.appointment.query";

/// Every address under which samples stand.
fn addresses() -> [String; 4] {
    [
        format!("/docs/{METHOD}"),
        "/docs/povline.appointment.book".to_owned(),
        "/docs/start".to_owned(),
        format!("/docs/{METHOD}/samples/call.py"),
    ]
}

/// Whether a key stands in a program, as most languages write it.
fn calls_with(page: &str, key: &str) -> bool {
    page.replace("&#34;", "\"").contains(&format!("\"{key}\""))
}

#[tokio::test]
async fn the_samples_hold_the_key_of_whoever_is_signed_in() {
    let site = Site::new().await;
    let reader = site.signed_in("zhao.wu").await;
    for address in addresses() {
        let stranger = site.get(&address).await.text;
        assert!(calls_with(&stranger, APP), "{address}: {stranger}");
        let page = reader.get(&address).await.text;
        assert!(calls_with(&page, OTHER_APP), "{address}: {page}");
        assert!(!calls_with(&page, APP), "{address}: {page}");
        // What the address says goes before.
        let page = reader
            .get(&format!("{address}?app_key=11112222"))
            .await
            .text;
        assert!(calls_with(&page, "11112222"), "{address}: {page}");
    }
    // An operator sees every app, and none is theirs.
    let ops = site.signed_in("ops").await;
    let page = ops.get(&addresses()[0]).await.text;
    assert!(
        calls_with(&page, APP) && !page.contains(OTHER_APP),
        "{page}"
    );
}

/// The keys among which a page lets its reader choose, the chosen one first.
async fn choices(reader: &Reader<'_>, address: &str) -> Vec<String> {
    let page = reader.get(address).await;
    if !page.text.contains("name=\"app_key\">") {
        return Vec::new();
    }
    let select = page.between("name=\"app_key\">", "</select>");
    let options = select.split("<option value=\"").skip(1);
    let mut options: Vec<&str> = options.collect();
    options.sort_by_key(|option| !option.contains(" selected"));
    let key = |option: &str| option.split('"').next().unwrap().to_owned();
    options.into_iter().map(key).collect()
}

#[tokio::test]
async fn whoever_has_several_apps_chooses() {
    let site = Site::new().await;
    let reader = site.signed_in("zhao.wu").await;
    let ops = site.signed_in("ops").await;
    let pages = || addresses().into_iter().take(3);
    for address in pages() {
        assert!(choices(&reader, &address).await.is_empty(), "{address}");
    }
    site.wait(1_000);
    let made = reader.post("/apps", &[("name", "<b>desk")]).await;
    let second = made.between("id=\"app-key\">", "<").to_owned();
    for address in pages() {
        let of = async |query: &str| choices(&reader, &format!("{address}{query}")).await;
        // A new app does not take the place of the one before it.
        assert_eq!(of("").await, [OTHER_APP, &second], "{address}");
        let chosen = of(&format!("?app_key={second}")).await;
        assert_eq!(chosen[0], second, "{address}");
        let strange = of("?app_key=11112222").await;
        assert_eq!((strange.len(), strange[0].as_str()), (3, "11112222"));
        let page = reader.get(&address).await.text;
        assert!(!page.contains("<b>desk"), "{page}");
    }
    // An app that may not call is nobody's sample.
    let path = format!("/apps/{second}/status");
    ops.post(&path, &[("status", "disabled")]).await;
    let page = reader.get(&addresses()[0]).await.text;
    assert!(!page.contains(&second), "{page}");
}
