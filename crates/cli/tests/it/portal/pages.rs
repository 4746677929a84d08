//! What the pages say.

use std::collections::{BTreeMap, BTreeSet};

use povline_protocol::api::FieldSpec;
use povline_protocol::catalogue::{BUSINESS_CODES, PLATFORM_CODES, SUB_CODES};
use povline_protocol::methods;
use serde_json::Value;

use super::scene::{METHOD, Scene, get};

/// A text as HTML has it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

fn all_fields(fields: &'static [FieldSpec], found: &mut Vec<&'static FieldSpec>) {
    for field in fields {
        found.push(field);
        all_fields(field.children, found);
    }
}

#[test]
fn every_method_has_a_whole_page_in_both_languages() {
    let scene = Scene::new();
    let list = scene.page("/docs");
    for spec in methods::ALL {
        let address = format!("/docs/{}", spec.method);
        assert!(list.contains(&format!("href=\"{address}\"")), "{address}");
        for (language, pick) in [("zh", 0), ("en", 1)] {
            let page = scene.page(&format!("{address}?lang={language}"));
            let text = |text: povline_protocol::catalogue::Bilingual| {
                escaped([text.chinese, text.english][pick])
            };
            let says = |what: &str| assert!(page.contains(what), "{address} {language}: {what}");
            says(&text(spec.title));
            says(&text(spec.summary));
            for note in spec.notes {
                says(&text(*note));
            }
            let mut fields = Vec::new();
            all_fields(spec.request, &mut fields);
            all_fields(spec.response, &mut fields);
            for field in fields {
                says(&format!("<code>{}</code>", field.name));
                says(&format!("<td>{}</td>", field.kind));
                says(&text(field.description));
                says(&escaped(field.sample));
            }
            for anchor in [
                "public", "request", "response", "samples", "answers", "refusals", "errors",
                "notes", "limits", "tool", "access", "faq",
            ] {
                says(&format!("id=\"{anchor}\""));
                says(&format!("href=\"#{anchor}\""));
            }
            for language in ["JAVA", ".NET", "PHP", "CURL", "Python", "C/C++", "NodeJS"] {
                says(&format!("<h3>{language}</h3>"));
            }
            // No script and no style within: the page works without either.
            let scripts = page.matches("<script").count();
            assert_eq!(
                scripts,
                page.matches("<script type=\"module\" src=\"/assets/")
                    .count()
            );
            assert!(!page.contains("style="));
        }
    }
}

/// The contract's page has sections, and so has ours, under the same names.
#[test]
fn the_contracts_page_has_the_contracts_sections() {
    let scene = Scene::new();
    let page = scene.page(&format!("/docs/{METHOD}"));
    for section in [
        "公共参数",
        "请求参数",
        "响应参数",
        "请求示例",
        "响应示例",
        "异常示例",
        "错误码解释",
        "API工具",
        "如何获得此API",
        "FAQ",
        "XML示例",
        "JSON示例",
    ] {
        assert!(page.contains(&format!(">{section}</a>")), "{section}");
    }
    let sample = povline_portal::sdk::java_usage(&methods::appointment_query::SPEC);
    assert!(page.contains(&escaped(&sample)));
}

#[test]
fn every_error_code_has_its_remedy_and_an_address() {
    let scene = Scene::new();
    let pages = [("zh", 0), ("en", 1)]
        .map(|(language, pick)| (scene.page(&format!("/docs/errors?lang={language}")), pick));
    for (page, pick) in &pages {
        for entry in PLATFORM_CODES {
            let remedy = [entry.remedy.chinese, entry.remedy.english][*pick];
            assert!(page.contains(&format!("id=\"code-{}\"", entry.code)));
            assert!(page.contains(&escaped(remedy)), "{remedy}");
        }
        for entry in SUB_CODES {
            let remedy = [entry.remedy.chinese, entry.remedy.english][*pick];
            assert!(page.contains(&escaped(entry.pattern)));
            assert!(page.contains(&escaped(remedy)), "{remedy}");
        }
        for entry in BUSINESS_CODES {
            let remedy = [entry.remedy.chinese, entry.remedy.english][*pick];
            assert!(page.contains(&escaped(remedy)), "{remedy}");
        }
    }
}

#[test]
fn signing_is_worked_through_with_the_shared_vectors() {
    let scene = Scene::new();
    let page = scene.page("/docs/signing");
    let vectors: Value = serde_json::from_str(&scene.page("/docs/vectors.json")).unwrap();
    let signatures = vectors["signatures"].as_array().unwrap();
    let shown = signatures
        .iter()
        .find(|one| one["name"] == "appointment query, Chinese value")
        .unwrap();
    for case in shown["cases"].as_array().unwrap() {
        for part in ["canonical", "sign", "sign_method"] {
            let part = escaped(case[part].as_str().unwrap());
            assert!(page.contains(&part), "{part}");
        }
    }
}

/// Every address of the portal's own pages leads somewhere, and every fragment to an element, on the
/// same page or on another.
#[test]
fn no_link_is_dead() {
    let scene = Scene::new();
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut fragments = BTreeSet::new();
    let mut waiting = vec!["/".to_owned()];
    // Pages that other parts of the site serve.
    let elsewhere = ["/tool", "/apps", "/sign-in", "/account"];
    while let Some(address) = waiting.pop() {
        let (head, body) = get(&scene.serving.portal, &address);
        assert!(head.starts_with("HTTP/1.1 200 "), "{address}: {head}");
        if !head.contains("text/html") {
            continue;
        }
        let page = String::from_utf8(body).unwrap();
        let links = page.split("href=\"").skip(1);
        for part in links.chain(page.split("action=\"").skip(1)) {
            let link = part.split('"').next().unwrap().replace("&#38;", "&");
            let (path, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let path = match path.split("?lang=").next().unwrap() {
                "" => address.as_str(),
                path => path,
            };
            let leads_elsewhere = elsewhere.iter().any(|other| path.starts_with(other));
            // One sample of each language is enough.
            let is_sample = path.contains("/samples/") && !path.contains(METHOD);
            if !path.starts_with('/') || leads_elsewhere || is_sample {
                continue;
            }
            if !fragment.is_empty() {
                fragments.insert((path.to_owned(), fragment.to_owned(), address.clone()));
            }
            if seen.insert(path.to_owned()) {
                waiting.push(path.to_owned());
            }
        }
        pages.insert(address, page);
    }
    assert!(seen.len() > methods::ALL.len() + 10, "{seen:?}");
    let mut to_others = 0;
    for (path, fragment, from) in fragments {
        to_others += usize::from(path != from);
        let is_there = pages[&path].contains(&format!("id=\"{fragment}\""));
        assert!(is_there, "{from}: {path}#{fragment}");
    }
    assert!(to_others > methods::ALL.len(), "{to_others}");
}

#[test]
fn what_is_not_there_is_told_so_and_hostile_values_stay_values() {
    let scene = Scene::new();
    for address in [
        "/no-such-page",
        "/docs/no.such.method",
        "/docs/sdk/ruby.zip",
        "/docs/no.such.method/samples/call.py",
        // No UTF-8.
        "/docs/%FF",
        "/docs/%FF/samples/call.py",
        "/docs/sdk/%FF.zip",
    ] {
        let (head, body) = get(&scene.serving.portal, address);
        assert!(head.starts_with("HTTP/1.1 404 "), "{address}: {head}");
        assert!(String::from_utf8(body).unwrap().contains("/docs"));
    }
    let page = scene.page(&format!(
        "/docs/{METHOD}?app_key=%3Cscript%3E&day=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    ));
    assert!(!page.contains("<script>") && page.contains("12345678"));
    // Whoever is asked for by name is not kept in an address.
    let program =
        scene.page("/docs/povline.appointment.book/samples/call.py?name=%E5%BC%A0%E4%B8%89");
    assert!(!program.contains("张三") && program.contains("测试"));
}

#[test]
fn the_language_that_was_asked_for_stays() {
    let scene = Scene::new();
    let (head, _) = get(&scene.serving.portal, "/docs?lang=en");
    assert!(
        head.to_ascii_lowercase().contains("set-cookie: lang=en;"),
        "{head}"
    );
    let (head, _) = get(&scene.serving.portal, "/docs");
    assert!(!head.to_ascii_lowercase().contains("set-cookie"), "{head}");
}

#[test]
fn the_description_for_machines_names_this_platform() {
    let scene = Scene::new();
    let document: Value = serde_json::from_str(&scene.page("/openapi.json")).unwrap();
    let base = scene.serving.url.strip_suffix("/router/rest").unwrap();
    assert_eq!(document["servers"][0]["url"], base);
    assert_eq!(
        document["paths"].as_object().unwrap().len(),
        methods::ALL.len()
    );
    let (head, _) = get(&scene.serving.portal, "/docs");
    let head = head.to_ascii_lowercase();
    for header in ["content-security-policy: default-src 'none'", "nosniff"] {
        assert!(head.contains(header), "{head}");
    }
}
