//! The parameters that every call has, from their one definition.

use povline_protocol::PublicParams;
use povline_protocol::api::ApiSpec;
use povline_web::Language;

use super::table::{Row, rows};

/// A row for each public parameter of a method's call.
pub(crate) fn public_rows(spec: &ApiSpec, language: Language) -> Vec<Row> {
    let row = |public: &povline_protocol::PublicSpec| {
        let words = match public.words {
            [] => String::new(),
            words => words.join(language.pick("、", ", ")),
        };
        let default = match public.default {
            "" => String::new(),
            default => format!("{}{default}", language.pick("缺省", "if not given: ")),
        };
        let limits = [words, default].into_iter().filter(|text| !text.is_empty());
        let limits: Vec<String> = limits.collect();
        let field = rows(&[public.field], language).into_iter();
        let required = public.is_needed_by(spec);
        field.map(move |row| Row {
            limit: limits.join(language.pick(";", "; ")),
            required,
            ..row
        })
    };
    PublicParams::ALL.iter().flat_map(row).collect()
}
