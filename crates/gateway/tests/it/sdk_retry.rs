//! The automatic retry and the batch call of the official SDKs for Java and .NET, byte for byte as
//! they send and read them. The SDKs themselves are in no public registry that tests could take them
//! from; what they do is the protocol's description of them.

use povline_gateway::{GatewayConfig, LimitDefaults};

use crate::batch::{BATCH, TEXT, form, page};
use crate::call::{APP_KEY, Call, METHOD, NOW, REQUEST, SECRET, urlencoded};
use crate::gzip::unzipped;
use crate::memory_book::MemoryBook;
use crate::overload::{gated, open_gate, waiting};
use crate::platform::{PATH, Platform, appointments, fill};
use crate::wire::{Answer, Connection, request};

const S: &str = "\r\n-S-\r\n";

const REFUSED: &str = "isp.top-remote-service-unavailable";

/// An official SDK with an automatic retry.
#[derive(Debug, Clone, Copy)]
struct Sdk {
    /// How often it sends a call at most: once, and then as often as it is set to by itself.
    attempts: usize,
    format: &'static str,
    sign_method: &'static str,
    partner: &'static str,
    agent: &'static str,
}

const JAVA: Sdk = Sdk {
    attempts: 4,
    format: "json",
    sign_method: "hmac-sha256",
    partner: "top-sdk-java-20210716",
    agent: "top-sdk-java",
};

const DOTNET: Sdk = Sdk {
    attempts: 3,
    format: "xml",
    sign_method: "hmac",
    partner: "top-sdk-net-20230831",
    agent: "top-sdk-net",
};

/// With either form, which the user of both may choose.
fn sdks() -> Vec<Sdk> {
    let in_forms = |sdk: Sdk| ["json", "xml"].map(|format| Sdk { format, ..sdk });
    [JAVA, DOTNET].into_iter().flat_map(in_forms).collect()
}

impl Sdk {
    fn is_java(self) -> bool {
        self.agent == JAVA.agent
    }

    fn system(self) -> Call {
        Call(Vec::new())
            .with("v", "2.0")
            .with("app_key", APP_KEY)
            .with("timestamp", NOW)
            .with("format", self.format)
            .with("sign_method", self.sign_method)
            .with("partner_id", self.partner)
    }

    fn headers(self, content_type: &'static str) -> Vec<String> {
        vec![
            content_type.to_owned(),
            "Accept: text/xml,text/javascript".to_owned(),
            format!("User-Agent: {}", self.agent),
            "Accept-Encoding: gzip".to_owned(),
        ]
    }

    fn request(self, target: &str, content_type: &'static str, body: &str) -> Vec<u8> {
        let headers = self.headers(content_type);
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        request("POST", target, &headers, body)
    }

    /// A call: Java puts the system's parameters into the query, .NET all into the body.
    fn call(self, object: &str, secret: &str) -> Vec<u8> {
        let call = self.system().with("method", METHOD).with(REQUEST, object);
        let call = call.signed(secret);
        if self.is_java() {
            let (business, system): (Vec<_>, Vec<_>) =
                (call.0.into_iter()).partition(|(name, _)| name == REQUEST);
            let target = format!("{PATH}?{}", urlencoded(&system));
            let form = "Content-Type: application/x-www-form-urlencoded;charset=UTF-8";
            return self.request(&target, form, &urlencoded(&business));
        }
        let form = "Content-Type: application/x-www-form-urlencoded;charset=utf-8";
        self.request(PATH, form, &in_lower_case(&urlencoded(&call.0)))
    }

    /// A batch of calls of one method: .NET says the method in each call once more.
    fn batch(self, objects: &[&str]) -> Vec<u8> {
        let calls = objects.iter().map(|object| match self.is_java() {
            true => form(&[(REQUEST, object)]),
            false => in_lower_case(&form(&[(REQUEST, object), ("method", METHOD)])),
        });
        let parts: Vec<String> = std::iter::once(format!("#PUBLIC#method={METHOD}"))
            .chain(calls)
            .collect();
        let body = parts.join(S);
        let query = urlencoded(&self.system().signed_over(SECRET, &body).0);
        self.request(&format!("{BATCH}?{query}"), TEXT, &body)
    }

    /// Sends the same bytes again as long as the answer blames the platform and an attempt is left;
    /// every answer that came. What is done `between` two attempts stands for the pause.
    async fn send(
        self,
        platform: &Platform<MemoryBook>,
        bytes: &[u8],
        between: impl AsyncFn(usize),
    ) -> Vec<Answer> {
        let mut answers = Vec::new();
        loop {
            let answer = platform.send(bytes).await;
            let answer = match answer.header("content-encoding") {
                Some(_) => unzipped(answer),
                None => answer,
            };
            assert_eq!(answer.status, 200);
            let is_tried_again = self.sub_code(&answer).starts_with("isp.");
            answers.push(answer);
            if !is_tried_again || answers.len() == self.attempts {
                return answers;
            }
            between(answers.len()).await;
        }
    }

    /// The `sub_code` of an error, as the SDK's reader of this form finds it. Many documents are no
    /// error, whatever each of them is.
    fn sub_code(self, answer: &Answer) -> String {
        let text = answer.text();
        if text.contains(S) {
            return String::new();
        }
        if self.format == "json" {
            let sub_code = &answer.json()["error_response"]["sub_code"];
            return sub_code.as_str().unwrap_or_default().to_owned();
        }
        let rest = text.split_once("<sub_code>").map(|(_, rest)| rest);
        let sub_code = rest.and_then(|rest| rest.split_once("</sub_code>"));
        sub_code.map_or_else(String::new, |(sub_code, _)| sub_code.to_owned())
    }
}

/// .NET writes escapes in lower case.
fn in_lower_case(form: &str) -> String {
    let mut parts = form.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| {
        let (escape, rest) = part.split_at(2);
        whole + "%" + &escape.to_ascii_lowercase() + rest
    })
}

async fn nothing(_: usize) {}

/// A platform that works on one call at a time, and counts.
async fn busy() -> Platform<MemoryBook> {
    gated(GatewayConfig {
        calls_max: 1,
        build_waiters_max: 1,
        writes_max: 1,
        calls: LimitDefaults {
            app_per_day: Some(1_000),
            ..LimitDefaults::default()
        },
        ..GatewayConfig::default()
    })
    .await
}

#[tokio::test]
async fn a_call_for_which_there_is_no_room_is_answered_by_the_retry_and_counted_once() {
    for sdk in sdks() {
        let platform = busy().await;
        let slow = tokio::sync::Mutex::new(waiting(&platform, "00001").await);
        let bytes = sdk.call(&page("00001", 1, 200), SECRET);
        let answers = sdk
            .send(&platform, &bytes, async |attempt| {
                if attempt == 2 {
                    open_gate(&platform);
                    slow.lock().await.receive().await;
                }
            })
            .await;
        let told: Vec<String> = answers.iter().map(|one| sdk.sub_code(one)).collect();
        assert_eq!(told, [REFUSED, REFUSED, ""], "{sdk:?}");
        let last = &answers[2];
        assert!(last.text().contains("P00003"), "{}", last.text());
        assert_eq!(last.header("x-ratelimit-remaining-day"), Some("998"));
        let at_once = sdk.send(&platform, &bytes, nothing).await;
        assert_eq!(at_once.len(), 1);
        assert_eq!(at_once[0].masked(), last.masked());
    }
}

#[tokio::test]
async fn when_its_attempts_are_used_up_the_sdk_gives_the_last_refusal_back() {
    let platform = busy().await;
    let mut slow = waiting(&platform, "00001").await;
    for sdk in sdks() {
        let bytes = sdk.call(&page("00001", 1, 200), SECRET);
        let answers = sdk.send(&platform, &bytes, nothing).await;
        assert_eq!(answers.len(), sdk.attempts, "{sdk:?}");
        let refusal = match sdk.format {
            "json" => {
                r#"{"error_response":{"code":15,"msg":"Remote service error","sub_code":"isp.top-remote-service-unavailable","sub_msg":"服务繁忙,请稍后重试","request_id":"ID"}}"#
            }
            _ => {
                r#"<?xml version="1.0" encoding="utf-8" ?><error_response><code>15</code><msg>Remote service error</msg><sub_code>isp.top-remote-service-unavailable</sub_code><sub_msg>服务繁忙,请稍后重试</sub_msg><request_id>ID</request_id></error_response>"#
            }
        };
        for answer in &answers {
            assert_eq!(answer.masked(), refusal);
        }
        let [first, second] = [&answers[0].body, &answers[1].body];
        assert_ne!(first, second, "each attempt has a request_id of its own");
    }
    open_gate(&platform);
    assert!(slow.receive().await.text().contains("P00003"));
}

#[tokio::test]
async fn what_is_the_callers_own_matter_is_not_tried_again() {
    let book = MemoryBook::new();
    fill(&book, appointments(3));
    let config = GatewayConfig {
        calls: LimitDefaults {
            app_per_day: Some(sdks().len() as u64 * 2),
            ..LimitDefaults::default()
        },
        ..GatewayConfig::default()
    };
    let platform = Platform::serve(std::sync::Arc::new(book), config).await;
    let once = async |sdk: Sdk, bytes: Vec<u8>, sub_code: &str| {
        let answers = sdk.send(&platform, &bytes, nothing).await;
        assert_eq!(answers.len(), 1, "{sdk:?} {sub_code}");
        assert_eq!(sdk.sub_code(&answers[0]), sub_code);
        answers.into_iter().next().unwrap()
    };
    for sdk in sdks() {
        let right = sdk.call(&page("00001", 1, 200), SECRET);
        assert!(once(sdk, right, "").await.text().contains("P00003"));
        let unknown = sdk.call(&page("none", 1, 200), SECRET);
        once(sdk, unknown, "isv.pov-not-exist").await;
        let forged = sdk.call(&page("00001", 1, 200), "another secret");
        assert!(
            once(sdk, forged, "")
                .await
                .text()
                .contains("Invalid signature")
        );
    }
    // The day is used up: code 7 says when to come again, and no SDK comes sooner by itself.
    for sdk in sdks() {
        let right = sdk.call(&page("00001", 1, 200), SECRET);
        let limited = "accesscontrol.limited-by-app-access-count";
        let answer = once(sdk, right, limited).await;
        assert_eq!(answer.header("retry-after"), Some("57600"));
        assert!(
            answer
                .text()
                .contains("This ban will last for 57600 more seconds"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_business_failure_is_no_error_and_is_not_tried_again() {
    let platform = Platform::with_rows(appointments(3)).await;
    let broken = &platform.book.broken;
    broken.store(true, std::sync::atomic::Ordering::Relaxed);
    for sdk in sdks() {
        let bytes = sdk.call(&page("00001", 1, 200), SECRET);
        let answers = sdk.send(&platform, &bytes, nothing).await;
        assert_eq!(answers.len(), 1);
        let text = answers[0].text();
        assert!(
            text.contains("FAIL_BIZ_500") && !text.contains("error_response"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_batch_comes_back_in_as_many_parts_each_as_if_it_had_come_alone() {
    let platform = Platform::with_rows(appointments(450)).await;
    let asked = [
        page("00001", 1, 200),
        page("none", 1, 200),
        page("00001", 3, 200),
        "{}".to_owned(),
    ];
    let objects: Vec<&str> = asked.iter().map(String::as_str).collect();
    for sdk in sdks() {
        for count in [1, objects.len()] {
            let answers = sdk
                .send(&platform, &sdk.batch(&objects[..count]), nothing)
                .await;
            assert_eq!(answers.len(), 1, "{sdk:?}");
            let parts: Vec<&str> = answers[0].text().split(S).collect();
            assert_eq!(parts.len(), count, "{sdk:?}");
            for (part, object) in parts.iter().zip(&objects) {
                let alone = sdk
                    .send(&platform, &sdk.call(object, SECRET), nothing)
                    .await;
                let part = Answer {
                    status: 200,
                    headers: Vec::new(),
                    body: part.as_bytes().to_vec(),
                };
                assert_eq!(part.masked(), alone[0].masked(), "{sdk:?} {object}");
            }
        }
    }
}

#[tokio::test]
async fn a_batch_for_which_there_is_no_room_is_one_refusal_and_whole_when_sent_again() {
    for sdk in sdks() {
        let platform = busy().await;
        let mut slow: Connection = waiting(&platform, "00001").await;
        let object = page("00001", 1, 1);
        let bytes = sdk.batch(&[&object, &object, &object]);
        let refused = platform.send(&bytes).await;
        assert_eq!(sdk.sub_code(&refused), REFUSED);
        assert!(!refused.text().contains(S), "{}", refused.text());
        open_gate(&platform);
        slow.receive().await;
        let answers = sdk.send(&platform, &bytes, nothing).await;
        let parts: Vec<&str> = answers[0].text().split(S).collect();
        assert_eq!(parts.len(), 3);
        assert!(
            parts.iter().all(|part| part.contains("P00001")),
            "{parts:?}"
        );
    }
}
