//! Finding somebody by pick code or by name.

use povline_store::ledger::DeskRow;

/// How many people a search by name shows at most.
pub(crate) const FOUND_MAX: usize = 50;

/// What somebody typed or scanned, so that what looks alike is alike: full-width letters and digits
/// as plain ones, letters large, white space and hyphens gone.
#[must_use]
pub fn normal(typed: &str) -> String {
    typed
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c),
            other => other,
        })
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{200b}' | '\u{feff}'))
        .flat_map(char::to_uppercase)
        .collect()
}

/// How somebody was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundBy {
    /// By their pick code, which is one row's alone.
    PickCode,
    /// By their name: there may be namesakes.
    Name,
}

/// The rows that what was typed means: the one with that pick code, else those with that name,
/// else, if it is two characters or more, those whose name holds it. Namesakes stand side by side,
/// by period.
pub(crate) fn find<'a>(rows: &'a [DeskRow], typed: &str) -> (FoundBy, Vec<&'a DeskRow>) {
    let wanted = normal(typed);
    if wanted.is_empty() {
        return (FoundBy::Name, Vec::new());
    }
    let by_code = find_code(rows, typed);
    if !by_code.is_empty() {
        return (FoundBy::PickCode, by_code);
    }
    let name = |row: &DeskRow| normal(row.row.appointment.name.as_str());
    let mut by_name: Vec<_> = rows.iter().filter(|row| name(row) == wanted).collect();
    if by_name.is_empty() && wanted.chars().count() >= 2 {
        by_name = rows
            .iter()
            .filter(|row| name(row).contains(&wanted))
            .collect();
    }
    by_name.sort_by(|one, other| {
        let key = |row: &DeskRow| {
            let appointment = &row.row.appointment;
            (
                normal(appointment.name.as_str()),
                appointment.period,
                appointment.pick_code.clone(),
            )
        };
        key(one).cmp(&key(other))
    });
    by_name.truncate(FOUND_MAX);
    (FoundBy::Name, by_name)
}

/// The row with this pick code.
pub(crate) fn find_code<'a>(rows: &'a [DeskRow], typed: &str) -> Vec<&'a DeskRow> {
    let wanted = normal(typed);
    let is_it = |row: &&DeskRow| normal(row.row.appointment.pick_code.as_str()) == wanted;
    rows.iter().filter(is_it).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_alike() {
        for typed in ["A10 23", "ａ１０２３", " a-1023\n", "Ａ　1023"] {
            assert_eq!(normal(typed), "A1023", "{typed:?}");
        }
        assert_eq!(normal("张 小三"), "张小三");
    }
}
