//! Tests of the client through its public doors, over real sockets.
#![expect(unreachable_pub, reason = "a test binary has no public face")]
#![expect(clippy::unwrap_used, reason = "what breaks a promise ends the test")]

mod order;
mod server;
#[cfg(feature = "tls")]
mod tls;

use std::sync::Arc;
use std::time::Duration;

use povline_client::{
    Advice, AnswerForm, Answered, AppointmentQuery, BanScope, BuildError, CallError, Client,
    ClientBuilder, Fault, HttpSettings, MalformedAnswer, Secret, SignMethod, TransportFault,
};
use povline_domain::{AppKey, Clock, OutPovId, PageRequest, PickStatus, UnixMillis};

use self::server::{Act, Server, http};

/// 2021-01-18 08:00:00 of Shanghai.
struct Then;

impl Clock for Then {
    fn now(&self) -> UnixMillis {
        UnixMillis(1_610_928_000_000)
    }
}

const PAGE: &str = r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"model":{"page_num":1,"page_size":200,"total":1,"data_list":{"pov_appointment_record_dto":[{"pick_code":"A001","out_pov_id":"00001","pick_status":1,"appointment_period":"08:00-08:30","appointment_time":"2020-01-18","appointment_id":"P0001","name":"测试𠮷&<\""}]}},"success":true},"request_id":"z27jfmbg726n"}}"#;
const XML_PAGE: &str = r#"<?xml version="1.0" encoding="utf-8" ?><alibaba_health_vaccin_appointment_query_response><result><model><page_num>1</page_num><page_size>200</page_size><total>1</total><data_list><pov_appointment_record_dto><pick_code>A001</pick_code><out_pov_id>00001</out_pov_id><pick_status>0</pick_status><appointment_period>08:00-08:30</appointment_period><appointment_time>2020-01-18</appointment_time><appointment_id>P0001</appointment_id><name>测试&#x20BB7;&amp;</name></pov_appointment_record_dto></data_list></model><success>true</success></result><request_id>z27jfmbg726n</request_id></alibaba_health_vaccin_appointment_query_response><!--top011250207161.eu13-->"#;

fn builder(url: &str) -> ClientBuilder {
    let app_key = AppKey::new("12345678").unwrap();
    Client::builder(url, app_key, Secret::new("helloworld"), Arc::new(Then))
        .call_timeout(Duration::from_secs(20))
}

fn query() -> AppointmentQuery {
    AppointmentQuery {
        day: "2020-01-18".parse().unwrap(),
        out_pov_id: OutPovId::new("00001").unwrap(),
        page: PageRequest::FIRST,
    }
}

async fn ask(server: &Server) -> Result<Answered, CallError> {
    let client = builder(&server.url()).build().unwrap();
    client.appointments(&query()).await
}

async fn ask_for(answer: Vec<u8>) -> CallError {
    let server = Server::start(move |_| Act::WriteAndClose(answer.clone())).await;
    ask(&server).await.unwrap_err()
}

#[tokio::test]
async fn a_page_is_read_in_both_formats() {
    for (form, body, status) in [
        (AnswerForm::Json, PAGE, PickStatus::NotPicked),
        (AnswerForm::Xml, XML_PAGE, PickStatus::Picked),
    ] {
        let server = Server::start(move |_| Act::Write(http("200 OK", body))).await;
        let client = builder(&server.url()).form(form).build().unwrap();
        let answered = client.appointments(&query()).await.unwrap();
        let page = answered.page.page;
        assert_eq!(
            (page.number, page.total, page.rows.len()),
            (Some(1), Some(1), 1)
        );
        assert_eq!(page.rows[0].pick_status, status);
        assert!(page.rows[0].name.as_str().contains("测试𠮷&"));
        assert_eq!(answered.request_id.as_deref(), Some("z27jfmbg726n"));
        let fetched = client.fetch(&query()).await.unwrap();
        assert_eq!(fetched.digest(), answered.digest);
        assert_eq!(server.connections(), 1, "the connection is kept");
    }
}

#[tokio::test]
async fn a_refusal_tells_code_meaning_and_remedy() {
    let error = ask_for(http(
        "200 OK",
        r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_code":"accesscontrol.limited-by-app-access-count","sub_msg":"This ban will last for 31062 more seconds","request_id":"157dldoj7tr3e"}}"#,
    ))
    .await;
    let ban = error.ban().unwrap();
    assert_eq!((ban.scope, ban.lasts.as_secs()), (BanScope::App, 31_063));
    assert_eq!(error.request_id(), Some("157dldoj7tr3e"));
    assert!(!error.meaning().unwrap().remedy.english.is_empty());

    let error = ask_for(http(
        "200 OK",
        r#"{"error_response":{"code":25,"msg":"Invalid signature","request_id":"109wcmcgllsj1"}}"#,
    ))
    .await;
    assert_eq!(
        (error.fault(), error.advice()),
        (Fault::Caller, Advice::Stop)
    );
    assert!(error.to_string().contains("Invalid signature"), "{error}");

    let error = ask_for(http(
        "200 OK",
        r#"<?xml version="1.0" encoding="utf-8" ?><error_response><code>15</code><msg>Remote service error</msg><sub_code>isp.remote-service-timeout</sub_code><sub_msg>x</sub_msg><request_id>13yki55kbv7ug</request_id></error_response><!--top010179031191.s.et2-->"#,
    ))
    .await;
    assert_eq!(
        (error.fault(), error.advice()),
        (Fault::Platform, Advice::RetryLater)
    );
    assert_eq!(error.class(), "platform-error");
}

#[tokio::test]
async fn success_false_is_a_failure_whatever_stands_beside_it() {
    let error = ask_for(http(
        "200 OK",
        r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"model":{"page_num":1,"page_size":200,"total":0,"data_list":{}},"msg_code":"FAIL_BIZ_500","msg_info":"系统繁忙,请稍后重试","success":false},"request_id":"abc"}}"#,
    ))
    .await;
    assert_eq!(error.class(), "business-failure");
    assert_eq!(
        (error.fault(), error.advice()),
        (Fault::Platform, Advice::RetryLater)
    );
    assert_eq!(error.request_id(), Some("abc"));
}

#[tokio::test]
async fn what_is_no_answer_is_malformed() {
    let web_page = "<!DOCTYPE html><html><body>please log in</body></html>";
    let cases = [
        (http("200 OK", ""), "malformed-answer"),
        (http("200 OK", web_page), "malformed-answer"),
        (http("200 OK", &PAGE[..PAGE.len() - 40]), "malformed-answer"),
        (http("200 OK", "{}"), "malformed-answer"),
        (http("200 OK", "null"), "malformed-answer"),
        (http("502 Bad Gateway", web_page), "malformed-answer"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"aliba".to_vec(),
            "broken",
        ),
        (b"HTTP/1.1 20".to_vec(), "broken"),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), "broken"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{".to_vec(),
            "too-large",
        ),
    ];
    for (answer, class) in cases {
        let text = String::from_utf8_lossy(&answer).into_owned();
        let error = ask_for(answer).await;
        assert_eq!(error.class(), class, "{text}: {error:?}");
        assert!(
            !format!("{error} {error:?}").contains("log in"),
            "bodies are not told"
        );
    }
    let error = ask_for(http("502 Bad Gateway", "{}")).await;
    assert!(matches!(
        error,
        CallError::Malformed(MalformedAnswer::Status(502))
    ));
    let error = ask_for(http("200 OK", web_page)).await;
    assert!(matches!(
        error,
        CallError::Malformed(MalformedAnswer::WebPage)
    ));
}

#[tokio::test]
async fn a_body_is_read_only_to_its_limit_and_within_its_time() {
    let chunked = |chunks: &str| {
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}").into_bytes()
    };
    let settings = HttpSettings {
        answer_bytes_max: 1_000,
        body_timeout: Duration::from_millis(50),
        ..HttpSettings::default()
    };
    let endless = chunked(&format!("800\r\n{}\r\n", "x".repeat(0x800)));
    let server = Server::start(move |_| Act::Write(endless.clone())).await;
    let client = builder(&server.url()).http(settings).build().unwrap();
    let error = client.appointments(&query()).await.unwrap_err();
    assert_eq!(error.class(), "too-large", "{error:?}");

    let stalled = chunked("5\r\n{\"ali\r\n");
    let server = Server::start(move |_| Act::Write(stalled.clone())).await;
    let client = builder(&server.url()).http(settings).build().unwrap();
    let error = client.appointments(&query()).await.unwrap_err();
    assert_eq!(error.class(), "timed-out", "{error:?}");
}

#[tokio::test]
async fn a_silent_gateway_is_given_up() {
    let server = Server::start(|_| Act::Silence).await;
    let client = builder(&server.url()).call_timeout(Duration::from_millis(50));
    let error = client
        .build()
        .unwrap()
        .appointments(&query())
        .await
        .unwrap_err();
    let CallError::Transport(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.fault(), TransportFault::TimedOut);
}

#[tokio::test]
async fn nobody_there_is_a_fault_of_the_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = builder(&format!("http://{address}/router/rest"))
        .build()
        .unwrap();
    let error = client.appointments(&query()).await.unwrap_err();
    assert_eq!((error.class(), error.fault()), ("connect", Fault::Network));
}

/// The server takes the second request on a kept connection and closes instead of answering.
#[tokio::test]
async fn a_connection_closed_as_it_is_used_again_costs_one_retry() {
    let script = |nth| match nth {
        1 => Act::WriteAndClose(Vec::new()),
        _ => Act::Write(http("200 OK", PAGE)),
    };
    let server = Server::start(script).await;
    let client = builder(&server.url()).build().unwrap();
    client.appointments(&query()).await.unwrap();
    client.appointments(&query()).await.unwrap();
    assert_eq!((server.requests(), server.connections()), (3, 2));

    // Whoever counts calls gets the failure, and no call is made behind its back.
    let server = Server::start(script).await;
    let client = builder(&server.url()).build().unwrap();
    client.fetch(&query()).await.unwrap();
    let error = client.fetch(&query()).await.unwrap_err();
    assert_eq!(
        (error.class(), error.advice()),
        ("idle-closed", Advice::RetryNow)
    );
    assert_eq!((server.requests(), server.connections()), (2, 1));

    // A new connection that is closed is a failure, and is not tried again.
    let server = Server::start(|_| Act::WriteAndClose(Vec::new())).await;
    let client = builder(&server.url()).build().unwrap();
    let error = client.appointments(&query()).await.unwrap_err();
    assert_eq!((error.class(), server.requests()), ("broken", 1));
}

#[tokio::test]
async fn any_method_can_be_called_and_whatever_comes_is_given_back() {
    let body = r#"{"error_response":{"code":22,"msg":"Invalid method","request_id":"x"}}"#;
    let server = Server::start(move |_| Act::Write(http("200 OK", body))).await;
    let client = builder(&server.url()).build().unwrap();
    let answer = client.call("taobao.time.get", &[("a", "b")]).await.unwrap();
    assert_eq!(
        (answer.http.status, &*answer.http.body),
        (200, body.as_bytes())
    );
    assert_eq!(answer.error().unwrap().code, 22);
}

/// The protocol's own SDKs do it too: a call without parameters of its own is a GET.
#[tokio::test]
async fn a_call_without_arguments_is_a_get() {
    let server = Server::start(|_| Act::Echo).await;
    let client = builder(&server.url()).build().unwrap();
    for (arguments, verb) in [(&[][..], "GET"), (&[("a", "b")][..], "POST")] {
        let answer = client.call("taobao.time.get", arguments).await.unwrap();
        let line = answer.error().unwrap().msg;
        let begin = format!("{verb} /router/rest?");
        assert!(line.starts_with(&begin), "{line}");
        assert!(line.contains("&sign="), "{line}");
    }
}

#[test]
fn a_request_can_be_signed_without_being_sent() {
    for sign_method in SignMethod::ALL {
        let client = builder("http://127.0.0.1:9/router/rest")
            .sign_method(sign_method)
            .build()
            .unwrap();
        let arguments = [("fields", "num_iid,title"), ("note", "测试 & 预约")];
        let request = client.request("taobao.item.get", &arguments).unwrap();
        let url = request.uri.to_string();
        assert!(url.starts_with("http://127.0.0.1:9/router/rest?"), "{url}");
        assert!(url.contains("timestamp=2021-01-18+08%3A00%3A00"), "{url}");
        assert!(url.contains("method=taobao.item.get"), "{url}");
        assert!(url.contains("&sign="), "{url}");
        assert_eq!(
            &*request.body,
            "fields=num_iid%2Ctitle&note=%E6%B5%8B%E8%AF%95+%26+%E9%A2%84%E7%BA%A6".as_bytes()
        );
        let debug = format!("{request:?} {client:?}");
        assert!(
            !debug.contains("sign=") && !debug.contains("helloworld"),
            "{debug}"
        );
    }
}

#[test]
fn an_address_that_is_none_is_refused_when_the_client_is_made() {
    for url in [
        "",
        "gw.api.taobao.com/router/rest",
        "ftp://host/",
        "http://",
        "http://h/?a=b",
    ] {
        assert_eq!(builder(url).build().unwrap_err(), BuildError::Url, "{url}");
    }
}
