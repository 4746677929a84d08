//! What a scan learns about the server's manner, beside the list.

use povline_domain::PageSize;

/// How the server answered during one scan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manner {
    /// Pages with rows that told the list's length.
    pub pages_with_total: u32,
    /// Pages with rows that did not.
    pub pages_without_total: u32,
    /// Empty first pages that told the list's length, which then is 0.
    pub empty_with_total: u32,
    /// Empty first pages that told nothing.
    pub empty_without_total: u32,
    /// Short pages that told nothing, and after which the list was found to end indeed.
    pub short_ends: u32,
    /// Short pages that told nothing, and after which there was more.
    pub short_pages: u32,
    /// The largest page that it gives, if that was found to be smaller than was asked for.
    pub page_most: Option<PageSize>,
    /// Members of rows that the contract does not know.
    pub unknown_fields: Vec<String>,
}

impl Manner {
    /// Adds what a further chain of the same scan learned.
    pub(super) fn add(&mut self, more: Self) {
        self.pages_with_total += more.pages_with_total;
        self.pages_without_total += more.pages_without_total;
        self.empty_with_total += more.empty_with_total;
        self.empty_without_total += more.empty_without_total;
        self.short_ends += more.short_ends;
        self.short_pages += more.short_pages;
        self.page_most = more.page_most.or(self.page_most);
        for field in more.unknown_fields {
            self.note_field(field);
        }
    }

    pub(super) fn note_field(&mut self, field: String) {
        if !self.unknown_fields.contains(&field) {
            self.unknown_fields.push(field);
        }
    }
}
