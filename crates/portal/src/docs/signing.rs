//! How a call is signed, step by step, with a worked example from the shared vectors.

use std::sync::LazyLock;

use askama::Template;
use axum::extract::State;
use povline_protocol::catalogue::{SIGNATURE_CODES, SubCode};
use povline_protocol::sign;
use povline_web::{Language, Page};
use serde_json::Value;

use super::menu::{Group, menu};
use crate::{Portal, Site};

/// The vector that is worked through.
const EXAMPLE: &str = "appointment query, Chinese value";

/// A signed call, with every step.
pub(crate) struct Worked {
    secret: String,
    /// Sorted by name, without `sign_method`.
    params: Vec<(String, String)>,
    cases: Vec<Case>,
}

/// The same call signed in one of the ways.
pub(crate) struct Case {
    sign_method: String,
    canonical: String,
    sign: String,
}

static WORKED: LazyLock<Option<Worked>> = LazyLock::new(|| Worked::read(sign::VECTORS));

impl Worked {
    fn read(vectors: &str) -> Option<Self> {
        let vectors: Value = serde_json::from_str(vectors).ok()?;
        let signatures = vectors["signatures"].as_array()?;
        let example = signatures.iter().find(|one| one["name"] == EXAMPLE)?;
        let text = |value: &Value| Some(value.as_str()?.to_owned());
        let pair = |pair: &Value| Some((text(&pair[0])?, text(&pair[1])?));
        let case = |case: &Value| {
            Some(Case {
                sign_method: text(&case["sign_method"])?,
                canonical: text(&case["canonical"])?,
                sign: text(&case["sign"])?,
            })
        };
        let params = example["params"].as_array()?.iter().map(pair);
        let mut params = params.collect::<Option<Vec<_>>>()?;
        params.sort();
        Some(Self {
            secret: text(&example["secret"])?,
            params,
            cases: example["cases"]
                .as_array()?
                .iter()
                .rev()
                .map(case)
                .collect::<Option<_>>()?,
        })
    }
}

impl Case {
    /// What is computed, as a formula.
    fn formula(&self) -> &'static str {
        match self.sign_method.as_str() {
            "md5" => "MD5(secret + text + secret)",
            "hmac" => "HMAC-MD5(secret, text)",
            _ => "HMAC-SHA256(secret, text)",
        }
    }
}

#[derive(Template)]
#[template(path = "docs/signing.html")]
pub(crate) struct Signing {
    site: Site,
    language: Language,
    menu: Vec<Group>,
    worked: Option<&'static Worked>,
}

impl Signing {
    /// The mistakes that a sandbox recognises, each with its word.
    fn mistakes(&self) -> impl Iterator<Item = (&'static str, &'static SubCode)> {
        let named = |entry: &'static SubCode| Some((entry.mistake()?, entry));
        SIGNATURE_CODES.iter().filter_map(named)
    }
}

pub(crate) async fn page(State(portal): State<Portal>, site: Site) -> Page<Signing> {
    Page(Signing {
        language: site.language,
        menu: menu(&portal, site.language),
        worked: WORKED.as_ref(),
        site,
    })
}
