//! A definition's fields as the rows of a table.

use povline_protocol::api::FieldSpec;
use povline_web::Language;

/// One row.
pub(crate) struct Row {
    /// Where it stands, for deep links: names with dots between them.
    pub(crate) path: String,
    /// How many objects it stands in.
    pub(crate) depth: usize,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) required: bool,
    pub(crate) sample: &'static str,
    /// What its value must keep to, in words.
    pub(crate) limit: String,
    pub(crate) description: &'static str,
}

/// The fields and what stands in them, from the top down.
pub(crate) fn rows(fields: &[FieldSpec], language: Language) -> Vec<Row> {
    let mut rows = Vec::new();
    gather(fields, language, "", 0, &mut rows);
    rows
}

fn gather(
    fields: &[FieldSpec],
    language: Language,
    parent: &str,
    depth: usize,
    rows: &mut Vec<Row>,
) {
    for field in fields {
        let path = format!("{parent}{}", field.name);
        rows.push(Row {
            path: path.clone(),
            depth,
            name: field.name,
            kind: field.kind,
            required: field.required,
            sample: field.sample,
            limit: {
                let [chinese, english] = field.limit.words();
                language.pick(chinese, english)
            },
            description: language.pick(field.description.chinese, field.description.english),
        });
        gather(
            field.children,
            language,
            &format!("{path}."),
            depth + 1,
            rows,
        );
    }
}
