//! Whether an answer is right: every row, in order, and the same bytes each time.

use std::hash::{DefaultHasher, Hasher};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::rows::Row;

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Xml,
}

impl Format {
    /// Its value of TOP's parameter `format`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }
}

/// The answer's bytes without the value of `request_id`, which alone differs between two answers.
pub(super) fn without_request_id(body: &[u8], format: Format) -> Result<String> {
    let text = std::str::from_utf8(body).context("the answer is no UTF-8")?;
    let (before, after) = match format {
        Format::Json => ("\"request_id\":\"", '"'),
        Format::Xml => ("<request_id>", '<'),
    };
    let (head, rest) = text
        .split_once(before)
        .context("the answer has no request_id")?;
    let (_, tail) = rest
        .split_once(after)
        .context("the answer's request_id does not end")?;
    Ok(format!("{head}{before}{after}{tail}"))
}

/// An answer in JSON that was found right, to compare others with: two differ in the value of their
/// `request_id` alone.
#[derive(Debug, Clone)]
pub(super) struct Right {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Right {
    /// Fails unless the answer is the page of these rows.
    pub(super) fn of(body: &[u8], rows: &[Row], total: usize) -> Result<Self> {
        check(body, Format::Json, rows, total)?;
        let text = std::str::from_utf8(body).context("the answer is no UTF-8")?;
        let key = "\"request_id\":\"";
        let at = text.rfind(key).context("the answer has no request_id")? + key.len();
        let (before, rest) = text.split_at(at);
        let end = rest.find('"').context("the request_id does not end")?;
        Ok(Self {
            before: before.as_bytes().to_vec(),
            after: rest.as_bytes()[end..].to_vec(),
        })
    }

    /// Whether another answer is the same.
    pub(super) fn is(&self, body: &[u8]) -> bool {
        let rest = body.strip_prefix(self.before.as_slice());
        let id = rest.and_then(|rest| rest.strip_suffix(self.after.as_slice()));
        id.is_some_and(|id| !id.is_empty() && id.iter().all(u8::is_ascii_alphanumeric))
    }
}

/// A short word for the bytes, to compare runs by eye.
pub(super) fn digest(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    format!("{:016x}", hasher.finish())
}

/// Fails unless the answer is the page of these rows in this order, `total` of which there are.
pub(super) fn check(body: &[u8], format: Format, rows: &[Row], total: usize) -> Result<()> {
    match format {
        Format::Json => check_json(body, rows, total),
        Format::Xml => check_xml(body, rows, total),
    }
}

fn check_json(body: &[u8], rows: &[Row], total: usize) -> Result<()> {
    let answer: Value = serde_json::from_slice(body).context("the answer is no JSON")?;
    let result = &answer["alibaba_health_vaccin_appointment_query_response"]["result"];
    ensure!(
        result["success"] == true,
        "the answer does not succeed: {}",
        String::from_utf8_lossy(&body[..body.len().min(400)])
    );
    ensure!(result["model"]["total"] == total, "the total is wrong");
    let records = result["model"]["data_list"]["pov_appointment_record_dto"]
        .as_array()
        .context("the answer has no rows")?;
    ensure!(
        records.len() == rows.len(),
        "{} rows came instead of {}",
        records.len(),
        rows.len()
    );
    for (number, (record, row)) in records.iter().zip(rows).enumerate() {
        let same = record["appointment_id"] == row.appointment_id
            && record["out_pov_id"] == row.out_pov_id
            && record["appointment_time"] == row.appointment_time
            && record["appointment_period"] == row.appointment_period
            && record["pick_code"] == row.pick_code
            && record["pick_status"] == row.pick_status
            && record["name"] == row.name;
        ensure!(same, "row {number} is not what was imported");
    }
    Ok(())
}

fn check_xml(body: &[u8], rows: &[Row], total: usize) -> Result<()> {
    let text = std::str::from_utf8(body).context("the answer is no UTF-8")?;
    ensure!(
        text.contains("<success>true</success>"),
        "the answer does not succeed: {}",
        text.chars().take(400).collect::<String>()
    );
    ensure!(
        text.contains(&format!("<total>{total}</total>")),
        "the total is wrong"
    );
    let records: Vec<&str> = text.split("<pov_appointment_record_dto>").skip(1).collect();
    ensure!(
        records.len() == rows.len(),
        "{} rows came instead of {}",
        records.len(),
        rows.len()
    );
    for (number, (record, row)) in records.iter().zip(rows).enumerate() {
        let members = [
            ("appointment_id", row.appointment_id.as_str()),
            ("out_pov_id", &row.out_pov_id),
            ("appointment_time", row.appointment_time),
            ("appointment_period", &row.appointment_period),
            ("pick_code", &row.pick_code),
            ("pick_status", if row.pick_status == 0 { "0" } else { "1" }),
            ("name", &row.name),
        ];
        let same = members
            .iter()
            .all(|(tag, value)| record.contains(&format!("<{tag}>{value}</{tag}>")));
        ensure!(same, "row {number} is not what was imported");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::rows::of_pov;
    use super::*;

    fn json(rows: &[Row], total: usize) -> Vec<u8> {
        let records: Vec<Value> = rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "pick_code": row.pick_code, "out_pov_id": row.out_pov_id,
                    "pick_status": row.pick_status, "appointment_period": row.appointment_period,
                    "appointment_time": row.appointment_time,
                    "appointment_id": row.appointment_id, "name": row.name,
                })
            })
            .collect();
        serde_json::json!({"alibaba_health_vaccin_appointment_query_response": {
            "result": {"model": {"total": total, "data_list": {"pov_appointment_record_dto": records}},
                "success": true},
            "request_id": "abc"}})
        .to_string()
        .into_bytes()
    }

    #[test]
    fn a_right_answer_passes_and_each_fault_is_found() {
        let rows = of_pov("00001", 5);
        check(&json(&rows, 5), Format::Json, &rows, 5).unwrap();
        assert!(check(&json(&rows, 6), Format::Json, &rows, 5).is_err());
        assert!(check(&json(&rows[..4], 5), Format::Json, &rows, 5).is_err());
        let mut swapped = rows.clone();
        swapped.swap(1, 2);
        assert!(check(&json(&swapped, 5), Format::Json, &rows, 5).is_err());
        let error = br#"{"error_response":{"code":25,"msg":"Invalid signature"}}"#;
        assert!(check(error, Format::Json, &rows, 5).is_err());
        assert!(check(b"<error_response/>", Format::Xml, &rows, 5).is_err());
    }

    #[test]
    fn an_answer_is_right_that_differs_in_its_request_id_alone() {
        let rows = of_pov("00001", 5);
        let body = json(&rows, 5);
        let right = Right::of(&body, &rows, 5).unwrap();
        let text = String::from_utf8(body).unwrap();
        assert!(right.is(text.as_bytes()));
        assert!(right.is(text.replace("\"abc\"", "\"a1b2c3\"").as_bytes()));
        for wrong in [
            text.replace("\"abc\"", "\"\""),
            text.replace("王测试", "王测验"),
            text.replace("\"total\":5", "\"total\":6"),
            text[..text.len() - 1].to_owned(),
            r#"{"error_response":{"code":15,"request_id":"abc"}}"#.to_owned(),
        ] {
            assert!(!right.is(wrong.as_bytes()), "{wrong}");
        }
        assert!(Right::of(text.as_bytes(), &rows[..4], 5).is_err());
    }

    #[test]
    fn answers_that_differ_in_their_request_id_alone_are_the_same() {
        let cut = |body: &str, format| without_request_id(body.as_bytes(), format).unwrap();
        let one = cut(r#"{"a":1,"request_id":"abc"}"#, Format::Json);
        assert_eq!(one, cut(r#"{"a":1,"request_id":"abcdef"}"#, Format::Json));
        assert_ne!(one, cut(r#"{"a":2,"request_id":"abc"}"#, Format::Json));
        assert_eq!(
            cut("<a/><request_id>x</request_id>", Format::Xml),
            "<a/><request_id></request_id>"
        );
        assert!(without_request_id(b"{}", Format::Json).is_err());
    }
}
