//! A board that listens.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::support::Place;

pub(crate) struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    /// As a browser opens it.
    pub(crate) async fn open(place: &Place, path: &str, cookies: &str) -> Self {
        Self::of(place, Request::get(path).header("cookie", cookies)).await
    }

    /// As a program does.
    pub(crate) async fn open_as(place: &Place, path: &str, bearer: &str) -> Self {
        let bearer = format!("Bearer {bearer}");
        Self::of(place, Request::get(path).header("authorization", bearer)).await
    }

    async fn of(place: &Place, request: http::request::Builder) -> Self {
        let request = request.body(Body::empty()).unwrap();
        let answer = place.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(
            answer.headers()["content-type"],
            "text/event-stream; charset=utf-8"
        );
        Self {
            body: answer.into_body(),
            text: String::new(),
        }
    }

    /// The next event.
    pub(crate) async fn next_or_beat(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (name, data) = event.split_once("\ndata: ").unwrap();
                let name = name.strip_prefix("event: ").unwrap().to_owned();
                let value: Value = serde_json::from_str(data).unwrap();
                self.text = rest.to_owned();
                return (name, value);
            }
            let frame = self.body.frame().await.expect("it must go on").unwrap();
            let bytes = frame.into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next event that is no beat.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        loop {
            let (name, value) = self.next_or_beat().await;
            if name != "beat" {
                return (name, value);
            }
        }
    }

    pub(crate) async fn ends(mut self) -> bool {
        loop {
            match self.body.frame().await {
                None => return true,
                Some(frame) => drop(frame.unwrap()),
            }
        }
    }
}
