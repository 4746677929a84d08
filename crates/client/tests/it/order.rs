//! Telling of a number that was taken.

use povline_client::{Action, Advice, AnswerForm, CallError, Fault, OrderUpdate, OrderUpdated};
use povline_domain::{AppointmentId, UnixMillis};

use crate::builder;
use crate::server::{Act, Server, http};

async fn tell(
    form: AnswerForm,
    status: &'static str,
    body: &'static str,
) -> Result<OrderUpdated, CallError> {
    let server = Server::start(move |_| Act::WriteAndClose(http(status, body))).await;
    let client = builder(&server.url()).form(form).build().unwrap();
    let update = OrderUpdate {
        appointment_id: AppointmentId::new("P0001").unwrap(),
        action: Action::NotInoculate("发热".to_owned()),
        action_time: UnixMillis(1_610_928_000_000),
    };
    client.update_order(&update).await
}

async fn json(body: &'static str) -> Result<OrderUpdated, CallError> {
    tell(AnswerForm::Json, "200 OK", body).await
}

#[tokio::test]
async fn a_success_tells_whether_it_stands() {
    for (form, body, stands) in [
        (
            AnswerForm::Json,
            r#"{"alibaba_health_vaccin_order_update_response":{"is_success":true,"model":true,"request_id":"z27jfmbg726n"}}"#,
            Some(true),
        ),
        (
            AnswerForm::SimplifiedJson,
            r#"{"is_success":"true","model":false,"request_id":"z27jfmbg726n"}"#,
            Some(false),
        ),
        (
            AnswerForm::Xml,
            r#"<?xml version="1.0" encoding="utf-8" ?><alibaba_health_vaccin_order_update_response><is_success>true</is_success><request_id>z27jfmbg726n</request_id></alibaba_health_vaccin_order_update_response><!--host-->"#,
            None,
        ),
    ] {
        let told = tell(form, "200 OK", body).await.unwrap();
        assert_eq!(told.stands, stands);
        assert_eq!(told.request_id.as_deref(), Some("z27jfmbg726n"));
    }
}

#[tokio::test]
async fn each_failure_says_whose_it_is_and_what_to_do() {
    let unknown = r#"{"alibaba_health_vaccin_order_update_response":{"msg_code":"FAIL_BIZ_404","is_success":false,"msg_info":"x","request_id":"z27jfmbg726n"}}"#;
    let busy = r#"<?xml version="1.0" encoding="utf-8" ?><alibaba_health_vaccin_order_update_response><is_success>false</is_success><msg_code>FAIL_BIZ_500</msg_code></alibaba_health_vaccin_order_update_response>"#;
    let refused =
        r#"{"error_response":{"code":25,"msg":"Invalid signature","request_id":"z27jfmbg726n"}}"#;
    let silent = r#"{"alibaba_health_vaccin_order_update_response":{"model":true}}"#;
    let page = "<html><body>login</body></html>";
    for (status, body, class, fault, advice) in [
        (
            "200 OK",
            unknown,
            "business-failure",
            Fault::Caller,
            Advice::Stop,
        ),
        (
            "200 OK",
            busy,
            "business-failure",
            Fault::Platform,
            Advice::RetryLater,
        ),
        ("200 OK", refused, "refused", Fault::Caller, Advice::Stop),
        (
            "502 Bad Gateway",
            refused,
            "refused",
            Fault::Caller,
            Advice::Stop,
        ),
        (
            "200 OK",
            silent,
            "malformed-answer",
            Fault::Platform,
            Advice::RetryLater,
        ),
        (
            "200 OK",
            page,
            "malformed-answer",
            Fault::Network,
            Advice::RetryLater,
        ),
        (
            "502 Bad Gateway",
            page,
            "malformed-answer",
            Fault::Network,
            Advice::RetryLater,
        ),
        (
            "502 Bad Gateway",
            unknown,
            "malformed-answer",
            Fault::Network,
            Advice::RetryLater,
        ),
    ] {
        let error = tell(AnswerForm::Json, status, body).await.unwrap_err();
        assert_eq!(
            (error.class(), error.fault(), error.advice()),
            (class, fault, advice),
            "{error}"
        );
    }
    let error = json(unknown).await.unwrap_err();
    assert_eq!(error.request_id(), Some("z27jfmbg726n"));
}

#[test]
fn the_reason_is_in_no_log() {
    let action = Action::NotInoculate("发热".to_owned());
    assert_eq!(format!("{action:?}"), "NOT_INOCULATE");
}
