//! Why a reader gets no page.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};
use povline_portal::Site;
use povline_store::{StoreError, StoreErrorKind};
use povline_web::{Language, Page};

use crate::sign_in;

/// After how many seconds there is room again for whoever was refused because of a crowd.
const SOON_SECONDS: &str = "2";

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody is signed in; `back` is where they wanted to go.
    NotSignedIn { back: String },
    /// What is signed in may not.
    Forbidden,
    /// There is no such thing, or none of theirs.
    NotFound,
    /// It is not in the part of the log that was searched; there is an older part.
    NotYetFound {
        searched_to: Box<str>,
        go_on: Box<str>,
    },
    /// The form did not come from a page of this site and this session.
    BadForm,
    /// What the form says cannot be, in both languages.
    Invalid { chinese: String, english: String },
    /// The store refuses what the form says, because of this.
    Refused { reason: String },
    /// Too many passwords are being looked at.
    Crowded,
    /// The store cannot be read or written now.
    Unavailable,
}

/// A page that tells why.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) site: Box<Site>,
    pub(crate) kind: Kind,
}

impl Refusal {
    /// What stands in the place of this page of the site.
    pub(crate) fn new(site: &Site, kind: Kind) -> Self {
        Self {
            site: Box::new(site.clone()),
            kind,
        }
    }

    /// A failed store. What it refuses is the reader's doing, and told; all else is logged.
    pub(crate) fn store(site: &Site, error: &StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Refused => Kind::Refused {
                reason: error.to_string(),
            },
            _ => {
                tracing::error!(%error, "the site cannot use the book");
                Kind::Unavailable
            }
        };
        Self::new(site, kind)
    }

    fn status(&self) -> StatusCode {
        match self.kind {
            Kind::NotSignedIn { .. } => StatusCode::SEE_OTHER,
            Kind::Forbidden | Kind::BadForm => StatusCode::FORBIDDEN,
            Kind::NotFound | Kind::NotYetFound { .. } => StatusCode::NOT_FOUND,
            Kind::Invalid { .. } | Kind::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Crowded | Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
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
            Kind::NotYetFound { searched_to, .. } => {
                let language = self.site.language;
                return language.pick(
                    format!("已向前搜索到{searched_to},尚未找到"),
                    format!("Searched back to {searched_to}, and not found so far"),
                );
            }
            Kind::BadForm => (
                "表单已失效,请返回上一页刷新后重试",
                "The form is no longer good: go back, reload the page, and send it again",
            ),
            Kind::Invalid { chinese, english } => {
                return self.site.language.pick(chinese, english).clone();
            }
            Kind::Refused { reason } => {
                let chinese = "平台拒绝了此更改:可能刚被他人修改,请刷新页面核对后重试".to_owned();
                let english = format!("The platform refuses to {reason}");
                return self.site.language.pick(chinese, english);
            }
            Kind::Crowded => (
                "登录的人太多,请几秒后重试",
                "Too many people sign in at once: try again in a few seconds",
            ),
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
    /// Where to go on with a search.
    go_on: Option<String>,
}

impl Refusal {
    /// The page's head. Where a form asked for what is not there, or is not its sender's, neither is
    /// the page that it belongs to.
    fn head(&self) -> Site {
        let site = Site::clone(&self.site);
        match (&self.kind, site.is_of_form(), site.reader.is_some()) {
            (Kind::NotFound | Kind::Forbidden | Kind::BadForm, true, true) => {
                site.belonging_to("/apps")
            }
            (Kind::NotFound, true, false) => site.belonging_to("/"),
            _ => site,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Kind::NotSignedIn { back } = &self.kind {
            return Redirect::to(&sign_in::address_of(back)).into_response();
        }
        let page = RefusalPage {
            language: self.site.language,
            text: self.text(),
            go_on: match &self.kind {
                Kind::NotYetFound { go_on, .. } => Some(go_on.to_string()),
                _ => None,
            },
            site: self.head(),
        };
        let mut response = (self.status(), Page(page)).into_response();
        if self.kind == Kind::Crowded {
            let soon = HeaderValue::from_static(SOON_SECONDS);
            response.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        response
    }
}
