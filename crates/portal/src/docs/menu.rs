//! The documentation's table of contents.

use povline_protocol::api::ApiSpec;
use povline_protocol::methods::appointment_query;
use povline_web::Language;

use crate::Portal;

/// Guides, as the menu shows them: address, Chinese, English.
const GUIDES: [(&str, &str, &str); 6] = [
    (
        "/docs/start",
        "五分钟快速开始",
        "Five minutes to the first call",
    ),
    ("/docs/signing", "签名算法", "Signing a call"),
    ("/docs/errors", "错误码", "Error codes"),
    ("/docs/limits", "调用限制", "Limits"),
    ("/docs/sdk", "SDK类下载", "SDK classes"),
    ("/docs/faq", "常见问题", "Questions"),
];

/// A part of the menu.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) entries: Vec<Entry>,
}

/// One line of it.
pub(crate) struct Entry {
    pub(crate) address: String,
    /// The method's name; empty for a guide.
    pub(crate) method: &'static str,
    pub(crate) title: &'static str,
    pub(crate) summary: &'static str,
}

/// The whole menu: guides first, then the methods by whose they are.
pub(crate) fn menu(portal: &Portal, language: Language) -> Vec<Group> {
    let guides = GUIDES.map(|(address, chinese, english)| Entry {
        address: address.to_owned(),
        method: "",
        title: language.pick(chinese, english),
        summary: "",
    });
    let mut groups = vec![Group {
        title: language.pick("指南", "Guides"),
        entries: guides.into(),
    }];
    groups.extend(methods(portal, language));
    groups
}

/// The methods by whose they are: the contract's, its category's others, Povline's own.
pub(crate) fn methods(portal: &Portal, language: Language) -> Vec<Group> {
    let is_contract = |spec: &ApiSpec| spec.method == appointment_query::METHOD;
    let entry = |spec: &ApiSpec| Entry {
        address: format!("/docs/{}", spec.method),
        method: spec.method,
        title: language.pick(spec.title.chinese, spec.title.english),
        summary: language.pick(spec.summary.chinese, spec.summary.english),
    };
    let group = |title, of: &dyn Fn(&ApiSpec) -> bool| Group {
        title,
        entries: portal
            .methods()
            .into_iter()
            .filter(|spec| of(spec))
            .map(entry)
            .collect(),
    };
    let groups = [
        group(language.pick("预约记录查询", "The contract"), &is_contract),
        group(
            language.pick("同类目API", "Others of the category"),
            &|spec| spec.of_category && !is_contract(spec),
        ),
        group(language.pick("Povline自有API", "Povline's own"), &|spec| {
            !spec.of_category
        }),
    ];
    let groups = groups.into_iter();
    groups.filter(|group| !group.entries.is_empty()).collect()
}
