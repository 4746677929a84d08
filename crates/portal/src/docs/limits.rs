//! How often an app may call, from where, and how large calls and answers may be.

use askama::Template;
use axum::extract::State;
use povline_domain::PageSize;
use povline_protocol::catalogue::{self, SubCode};
use povline_protocol::{CallLimit, Params, PlatformError, quota, timestamp};
use povline_web::{Language, Page};

use super::menu::{Group, menu};
use crate::example::Example;
use crate::{Portal, Site, Sizes};

/// The limits that a platform of ours keeps to.
const LIMITS: [CallLimit; 3] = [CallLimit::App, CallLimit::AppApi, CallLimit::Api];

/// The seconds that the example tells: most of a day.
const BAN_SECONDS: u64 = 31_062;

#[derive(Template)]
#[template(path = "docs/limits.html")]
pub(crate) struct Limits {
    site: Site,
    language: Language,
    menu: Vec<Group>,
    sizes: Sizes,
}

pub(crate) async fn page(State(portal): State<Portal>, site: Site) -> Page<Limits> {
    Page(Limits {
        language: site.language,
        menu: menu(&portal, site.language),
        sizes: portal.sizes(),
        site,
    })
}

impl Limits {
    fn scopes(&self) -> impl Iterator<Item = (&'static str, &'static SubCode)> {
        LIMITS.into_iter().filter_map(|limit| {
            let sub_code = limit.sub_code();
            Some((sub_code, catalogue::sub_code(sub_code)?))
        })
    }

    fn headers(&self) -> String {
        quota::HEADERS.join(self.language.pick("、", ", "))
    }

    fn refusal(&self) -> Example {
        Example::refusal(&PlatformError::app_call_limited(
            CallLimit::App,
            BAN_SECONDS,
        ))
    }

    fn rows_max(&self) -> u32 {
        PageSize::MAX.get()
    }

    fn minutes_off(&self) -> i64 {
        timestamp::TOLERANCE_MILLIS / 60_000
    }

    fn parameters_max(&self) -> usize {
        Params::COUNT_MAX
    }
}
