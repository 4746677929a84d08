//! The name of a vaccinee.

use crate::text::checked_text;

checked_text! {
    /// A vaccinee's name (contract: 接种人姓名). Mostly a child's: it is shown whole only to those
    /// who must match it to a person, and masked everywhere else.
    pub struct Name, bytes_max = 256, debug = |name, f| write!(f, "Name({})", name.masked())
}

impl Name {
    /// The name as screens, logs and exports may show it.
    ///
    /// One character is hidden whole; two keep the first (`张*`); three or more keep the first and
    /// the last and one star for each character between (`张*三`, `欧**娜`). A name with a middle
    /// dot is masked part by part (`阿*·买*`), a name of several words keeps each word's first
    /// letter (`J*** S****`).
    #[must_use]
    pub fn masked(&self) -> String {
        let text = self.as_str().trim();
        if let Some(dot) = text.chars().find(|c| matches!(c, '·' | '•' | '・')) {
            return join_masked(text, dot, mask_tail);
        }
        if text.contains(' ') {
            return join_masked(text, ' ', mask_tail);
        }
        if text.is_ascii() {
            return mask_tail(text);
        }
        mask_middle(text)
    }
}

fn join_masked(text: &str, separator: char, mask: fn(&str) -> String) -> String {
    let parts: Vec<String> = text
        .split(separator)
        .filter(|part| !part.is_empty())
        .map(mask)
        .collect();
    parts.join(separator.encode_utf8(&mut [0; 4]))
}

/// Keeps the first character; a single one is hidden.
fn mask_tail(text: &str) -> String {
    let count = text.chars().count();
    match text.chars().next() {
        Some(first) if count > 1 => {
            let mut masked = String::from(first);
            masked.extend(std::iter::repeat_n('*', count - 1));
            masked
        }
        _ => "*".to_owned(),
    }
}

/// Keeps the first and the last character of three or more.
fn mask_middle(text: &str) -> String {
    let count = text.chars().count();
    match (text.chars().next(), text.chars().last()) {
        (Some(first), Some(last)) if count > 2 => {
            let mut masked = String::from(first);
            masked.extend(std::iter::repeat_n('*', count - 2));
            masked.push(last);
            masked
        }
        _ => mask_tail(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, masked: &str) {
        assert_eq!(Name::new(name).unwrap().masked(), masked);
    }

    #[test]
    fn masks_as_the_field_does() {
        check("张", "*");
        check("张三", "张*");
        check("张小三", "张*三");
        check("欧阳娜娜", "欧**娜");
        check("阿依古丽·买买提", "阿***·买**");
        check("John Smith", "J*** S****");
        check("Madonna", "M******");
        check("𠮷野家", "𠮷*家");
    }

    #[test]
    fn debug_never_shows_the_name() {
        assert_eq!(format!("{:?}", Name::new("张小三").unwrap()), "Name(张*三)");
    }
}
