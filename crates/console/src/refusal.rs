//! Why a reader gets no page.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use povline_portal::Site;
use povline_store::{StoreError, StoreErrorKind};
use povline_web::{Language, Page};

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody is signed in; `back` is where they wanted to go.
    NotSignedIn { back: String },
    /// What is signed in may not.
    Forbidden,
    /// There is no such thing, or none of theirs.
    NotFound,
    /// The form did not come from a page of this site and this session.
    BadForm,
    /// What the form says cannot be, in both languages.
    Invalid { chinese: String, english: String },
    /// The store cannot be read or written now.
    Unavailable,
}

/// A page that tells why.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) site: Site,
    pub(crate) kind: Kind,
}

impl Refusal {
    /// A failed store. What it refuses is the reader's doing, and told; all else is logged.
    pub(crate) fn store(site: Site, error: &StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Refused => Kind::Invalid {
                chinese: format!("未能执行:{error}"),
                english: format!("failed to {error}"),
            },
            _ => {
                tracing::error!(%error, "the site cannot use the book");
                Kind::Unavailable
            }
        };
        Self { site, kind }
    }

    fn status(&self) -> StatusCode {
        match self.kind {
            Kind::NotSignedIn { .. } => StatusCode::SEE_OTHER,
            Kind::Forbidden | Kind::BadForm => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn text(&self) -> String {
        let (chinese, english) = match &self.kind {
            Kind::NotSignedIn { .. } => ("请先登录", "Sign in first"),
            Kind::Forbidden => (
                "您的账号没有此权限",
                "Your account may not do this: it is for the platform's operators",
            ),
            Kind::NotFound => (
                "没有此页面,或不属于您",
                "There is no such page, or it is not yours",
            ),
            Kind::BadForm => (
                "表单已失效,请返回上一页刷新后重试",
                "The form is no longer good: go back, reload the page, and send it again",
            ),
            Kind::Invalid { chinese, english } => {
                return self.site.language.pick(chinese, english).clone();
            }
            Kind::Unavailable => (
                "服务暂不可用,请稍后重试",
                "The platform cannot do this now: try again in a moment",
            ),
        };
        self.site.language.pick(chinese, english).to_owned()
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    language: Language,
    site: Site,
    text: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Kind::NotSignedIn { back } = &self.kind {
            let mut query = form_urlencoded::Serializer::new(String::new());
            let query = query.append_pair("back", back).finish();
            return Redirect::to(&format!("/sign-in?{query}")).into_response();
        }
        let page = RefusalPage {
            language: self.site.language,
            text: self.text(),
            site: self.site.clone(),
        };
        (self.status(), Page(page)).into_response()
    }
}
