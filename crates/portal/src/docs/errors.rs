//! Every error code with its remedy.

use askama::Template;
use axum::extract::State;
use povline_protocol::catalogue::{
    BUSINESS_CODES, Bilingual, BusinessCode, PLATFORM_CODES, PlatformCode, SUB_CODES, SubCode,
};
use povline_protocol::{Fault, PlatformError, Retry};
use povline_web::{Language, Page};

use super::menu::{Group, menu};
use crate::example::Example;
use crate::{Portal, Site};

#[derive(Template)]
#[template(path = "docs/errors.html")]
pub(crate) struct Errors {
    site: Site,
    language: Language,
    menu: Vec<Group>,
    platform: &'static [PlatformCode],
    sub: &'static [SubCode],
    business: &'static [BusinessCode],
    refusal: Example,
}

pub(crate) async fn page(State(portal): State<Portal>, site: Site) -> Page<Errors> {
    Page(Errors {
        language: site.language,
        menu: menu(&portal, site.language),
        platform: PLATFORM_CODES,
        sub: SUB_CODES,
        business: BUSINESS_CODES,
        refusal: Example::refusal(&PlatformError::invalid_parameter("day")),
        site,
    })
}

/// Whose fault it is, in words.
pub(crate) fn fault(fault: Fault) -> Bilingual {
    match fault {
        Fault::Caller => Bilingual {
            chinese: "调用方",
            english: "the caller's",
        },
        Fault::Platform => Bilingual {
            chinese: "平台",
            english: "the platform's",
        },
    }
}

/// Whether to try again, in words.
pub(crate) fn retry(retry: Retry) -> Bilingual {
    match retry {
        Retry::Never => Bilingual {
            chinese: "修改后再调用",
            english: "not before it is mended",
        },
        Retry::Later => Bilingual {
            chinese: "稍后重试,间隔递增",
            english: "later, after longer and longer pauses",
        },
        Retry::AfterBan => Bilingual {
            chinese: "等待sub_msg所说的秒数后重试",
            english: "after the seconds that sub_msg tells",
        },
    }
}
