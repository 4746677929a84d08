//! The error table as a whole, line by line against the platform's documentation.

use std::collections::BTreeSet;

use povline_protocol::catalogue::{
    self, BUSINESS_CODES, PLATFORM_CODES, SIGNATURE_CODES, SUB_CODES, meaning_of,
};
use povline_protocol::{Fault, PlatformError, Retry};

/// The documentation's codes: message, Chinese meaning, and whether the same call is worth another
/// try. Where the wire is known, its case of the message prevails over the documentation's.
const CODES: [(i64, &str, &str, Retry); 33] = [
    (3, "Upload Fail", "图片上传失败", Retry::Never),
    (4, "User Call Limited", "用户调用次数超限", Retry::Later),
    (5, "Session Call Limited", "会话调用次数超限", Retry::Later),
    (
        6,
        "Partner Call Limited",
        "合作伙伴调用次数超限",
        Retry::Later,
    ),
    (
        7,
        "App Call Limited",
        "应用调用次数超限,包含调用频率超限",
        Retry::AfterBan,
    ),
    (
        8,
        "App Call Exceeds Limited Frequency",
        "应用调用频率超限",
        Retry::Later,
    ),
    (9, "Http Action Not Allowed", "HTTP方法被禁止", Retry::Never),
    (
        10,
        "Service Currently Unavailable",
        "服务不可用",
        Retry::Later,
    ),
    (
        11,
        "Insufficient isv permissions",
        "开发者权限不足",
        Retry::Never,
    ),
    (
        12,
        "Insufficient user permissions",
        "用户权限不足",
        Retry::Never,
    ),
    (
        13,
        "Insufficient partner permissions",
        "合作伙伴权限不足",
        Retry::Never,
    ),
    (15, "Remote service error", "远程服务出错", Retry::Later),
    (21, "Missing method", "缺少方法名参数", Retry::Never),
    (22, "Invalid method", "不存在的方法名", Retry::Never),
    (23, "Invalid format", "无效数据格式", Retry::Never),
    (24, "Missing signature", "缺少签名参数", Retry::Never),
    (25, "Invalid signature", "无效签名", Retry::Never),
    (26, "Missing session", "缺少SessionKey参数", Retry::Never),
    (27, "Invalid session", "无效的SessionKey参数", Retry::Never),
    (28, "Missing app Key", "缺少AppKey参数", Retry::Never),
    (29, "Invalid app Key", "无效的AppKey参数", Retry::Never),
    (30, "Missing timestamp", "缺少时间戳参数", Retry::Never),
    (31, "Invalid timestamp", "非法的时间戳参数", Retry::Never),
    (32, "Missing version", "缺少版本参数", Retry::Never),
    (33, "Invalid version", "非法的版本参数", Retry::Never),
    (34, "Unsupported version", "不支持的版本号", Retry::Never),
    (
        40,
        "Missing required arguments",
        "缺少必选参数",
        Retry::Never,
    ),
    (41, "Invalid arguments", "非法的参数", Retry::Never),
    (
        42,
        "Insufficient session permissions",
        "短授权权限不足",
        Retry::Never,
    ),
    (43, "Parameter Error", "参数错误", Retry::Never),
    (
        44,
        "Invalid access token",
        "无效的access token",
        Retry::Never,
    ),
    (47, "Invalid encoding", "编码错误", Retry::Never),
    (50, "Remote service error", "业务参数错误", Retry::Never),
];

/// What a remedy must speak of, for the codes whose documented solution names something to do.
const REMEDIES: [(i64, &str, &str); 20] = [
    (3, "图片", "size"),
    (7, "禁用时间", "ban"),
    (9, "POST", "POST"),
    (10, "参数", "parameters"),
    (11, "权限", "permission"),
    (15, "isp.", "isp."),
    (21, "method", "method"),
    (22, "method", "method"),
    (23, "json", "json"),
    (24, "sign", "sign"),
    (26, "session", "session"),
    (28, "app_key", "app_key"),
    (29, "app_key", "app key"),
    (30, "timestamp", "timestamp"),
    (31, "10分钟", "10 minutes"),
    (32, "v字段", "parameter v"),
    (33, "数字", "2.0"),
    (34, "2.0", "2.0"),
    (41, "类型", "parameter"),
    (47, "UTF-8", "UTF-8"),
];

/// The documentation's sub codes, and those seen on the wire.
const SUBS: [(&str, Fault, Retry); 38] = [
    (
        "isv.user-not-exist:invalid-nick",
        Fault::Caller,
        Retry::Never,
    ),
    ("isv.missing-parameter:day", Fault::Caller, Retry::Never),
    ("isv.missing-parameter", Fault::Caller, Retry::Never),
    ("isv.invalid-parameter:day", Fault::Caller, Retry::Never),
    ("isv.invalid-parameter", Fault::Caller, Retry::Never),
    ("isv.invalid-permission", Fault::Caller, Retry::Never),
    (
        "isv.parameters-mismatch:day-and-pov",
        Fault::Caller,
        Retry::Never,
    ),
    (
        "isv.trade-service-error:closed",
        Fault::Caller,
        Retry::Never,
    ),
    (
        "isv.permission-api-package-empty",
        Fault::Caller,
        Retry::Never,
    ),
    (
        "isv.permission-api-package-not-allowed",
        Fault::Caller,
        Retry::Never,
    ),
    (
        "isv.permission-api-package-limit",
        Fault::Caller,
        Retry::Never,
    ),
    (
        "isv.permission-ip-whitelist-limit",
        Fault::Caller,
        Retry::Never,
    ),
    (
        "isv.permission-api-widget-only-limit",
        Fault::Caller,
        Retry::Never,
    ),
    ("isv.invalid-signature", Fault::Caller, Retry::Never),
    ("isv.appkey-not-exists", Fault::Caller, Retry::Never),
    ("isv.app-disabled", Fault::Caller, Retry::Never),
    ("isv.pov-not-exist", Fault::Caller, Retry::Never),
    ("isv.BUSINESS_LIMIT_CONTROL", Fault::Caller, Retry::Never),
    ("invalid-sessionkey", Fault::Caller, Retry::Never),
    (
        "isp.item-service-unavailable",
        Fault::Platform,
        Retry::Later,
    ),
    ("isp.remote-service-error", Fault::Platform, Retry::Later),
    ("isp.remote-service-timeout", Fault::Platform, Retry::Later),
    ("isp.remote-connection-error", Fault::Platform, Retry::Later),
    ("isp.null-pointer-exception", Fault::Platform, Retry::Never),
    ("isp.top-parse-error", Fault::Platform, Retry::Never),
    (
        "isp.top-remote-connection-timeout",
        Fault::Platform,
        Retry::Later,
    ),
    (
        "isp.top-remote-connection-error",
        Fault::Platform,
        Retry::Later,
    ),
    (
        "isp.top-remote-service-unavailable",
        Fault::Platform,
        Retry::Later,
    ),
    ("isp.top-mapping-parse-error", Fault::Platform, Retry::Never),
    ("isp.unknown-error", Fault::Platform, Retry::Later),
    ("isp.anything-new", Fault::Platform, Retry::Later),
    ("isp.call-limited", Fault::Caller, Retry::AfterBan),
    (
        "accesscontrol.limited-by-api-access-count",
        Fault::Caller,
        Retry::AfterBan,
    ),
    (
        "accesscontrol.limited-by-app-access-count",
        Fault::Caller,
        Retry::AfterBan,
    ),
    (
        "accesscontrol.limited-by-app-api-access-count",
        Fault::Caller,
        Retry::AfterBan,
    ),
    (
        "accesscontrol.limited-by-dynamic-access-count",
        Fault::Caller,
        Retry::AfterBan,
    ),
    ("isv.pov-read-only", Fault::Caller, Retry::Never),
    ("isv.anything-new", Fault::Caller, Retry::Never),
];

#[test]
fn every_code_says_what_the_documentation_says() {
    assert_eq!(PLATFORM_CODES.len(), CODES.len());
    for (entry, (code, message, chinese, retry)) in PLATFORM_CODES.iter().zip(CODES) {
        assert_eq!((entry.code, entry.message), (code, message));
        assert_eq!(entry.meaning.chinese.replace('，', ","), chinese, "{code}");
        assert_eq!(entry.retry, retry, "{code}");
        // Only what the platform could not do is the platform's fault.
        let of_platform = matches!(code, 10 | 15);
        assert_eq!(entry.fault == Fault::Platform, of_platform, "{code}");
        let error = PlatformError::of_code(code);
        assert_eq!((error.code, &*error.msg), (code, message));
        assert_eq!((error.sub_code, error.sub_msg), (None, None), "{code}");
    }
    assert_eq!(PlatformError::of_code(99), PlatformError::of_code(10));
}

#[test]
fn every_remedy_says_what_to_do() {
    for (code, chinese, english) in REMEDIES {
        let entry = catalogue::platform_code(code).unwrap();
        assert!(entry.remedy.chinese.contains(chinese), "{entry:?}");
        assert!(entry.remedy.english.contains(english), "{entry:?}");
    }
    // A disabled app has an error of its own, so nobody is to look for one behind this code.
    let unknown_app = catalogue::platform_code(29).unwrap();
    assert!(!unknown_app.meaning.english.contains("disabled"));
    assert!(!unknown_app.remedy.chinese.contains("停用"));
}

#[test]
fn every_sub_code_says_whose_fault_it_is_and_whether_to_try_again() {
    for (sub_code, fault, retry) in SUBS {
        let entry = catalogue::sub_code(sub_code).unwrap();
        assert_eq!((entry.fault, entry.retry), (fault, retry), "{sub_code}");
        // It prevails over whatever code it comes with.
        for code in [10, 11, 15, 25, 50, 560] {
            let error = PlatformError {
                code,
                ..PlatformError::remote_service_error(sub_code, "x")
            };
            assert_eq!((error.fault(), error.retry()), (fault, retry), "{sub_code}");
        }
    }
    // No line of the table is left out above.
    for entry in SUB_CODES {
        let is_checked = SUBS
            .iter()
            .any(|(sub_code, ..)| catalogue::sub_code(sub_code) == Some(entry));
        assert!(is_checked, "{}", entry.pattern);
    }
}

#[test]
fn permissions_are_refused_in_the_words_of_the_wire() {
    let limit = PlatformError::insufficient_isv_permissions(
        "isv.permission-api-package-limit",
        "scope ids is 274 287",
    );
    assert_eq!(
        (limit.code, &*limit.msg),
        (11, "Insufficient isv permissions")
    );
    let address = PlatformError::address_not_allowed("4272", "10.232.*.*", "10.68.179.114");
    assert_eq!(
        address.sub_msg.as_deref(),
        Some(
            "The appkey 4272 is only allowed to call from 10.232.*.*, but your ip is 10.68.179.114"
        )
    );
    let session = PlatformError::invalid_session();
    assert_eq!(session.code, 27);
    assert_eq!(session.sub_code.as_deref(), Some("invalid-sessionkey"));
    assert_eq!(session.sub_msg.as_deref(), Some("SessionKey非法"));
}

fn is_chinese(text: &str) -> bool {
    text.chars()
        .any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one))
}

#[test]
fn every_sub_code_has_a_meaning_and_a_remedy_in_both_languages() {
    for entry in SUB_CODES.iter().chain(SIGNATURE_CODES) {
        for text in [entry.meaning, entry.remedy] {
            assert!(is_chinese(text.chinese), "{entry:?}");
            assert!(
                !is_chinese(text.english) && text.english.contains(' '),
                "{entry:?}"
            );
        }
        assert_ne!(entry.meaning, entry.remedy, "{entry:?}");
    }
}

/// Whatever an explanation of a signature can name has a row of the table, and no row is idle.
#[test]
fn every_mistake_with_a_signature_has_its_sub_code() {
    let source = include_str!("../../src/explain/mistake.rs");
    let (_, word) = source.split_once("pub fn word(").unwrap();
    let (word, _) = word.split_once("pub fn chinese(").unwrap();
    let words: BTreeSet<&str> = word.split('"').skip(1).step_by(2).collect();
    assert!(words.len() > 20, "{words:?}");
    let listed = SIGNATURE_CODES.iter().filter_map(|entry| entry.mistake());
    assert_eq!(listed.collect::<BTreeSet<_>>(), words);
    for entry in SIGNATURE_CODES {
        assert_eq!(catalogue::sub_code(entry.pattern), Some(entry));
    }
}

#[test]
fn an_error_means_what_its_most_exact_part_says() {
    let told = |code, sub_code| meaning_of(code, sub_code).unwrap();
    let of_sub_code = |text| catalogue::sub_code(text).unwrap();
    let of_code = |code| catalogue::platform_code(code).unwrap();
    for (code, sub_code) in [
        ("50", "isv.pov-not-exist"),
        ("11", "isv.pov-read-only"),
        ("25", "isv.invalid-signature:unsorted"),
        ("560", "isv.invalid-parameter"),
        // Of a code that is not known the family is all that is.
        ("560", "isv.anything-new"),
    ] {
        let (meaning, entry) = (told(code, Some(sub_code)), of_sub_code(sub_code));
        assert_eq!(
            (meaning.meaning, meaning.remedy),
            (entry.meaning, entry.remedy)
        );
        assert_eq!((meaning.fault, meaning.retry), (entry.fault, entry.retry));
    }
    for (code, sub_code) in [
        ("25", None),
        ("11", Some("isv.anything-new")),
        ("40", Some("?")),
    ] {
        let (meaning, entry) = (told(code, sub_code), of_code(code.parse().unwrap()));
        assert_eq!(
            (meaning.meaning, meaning.remedy),
            (entry.meaning, entry.remedy)
        );
    }
    // A family still says whose fault it is.
    let busy = told("10", Some("isv.anything-new"));
    assert_eq!((busy.fault, busy.retry), (Fault::Caller, Retry::Never));
    for entry in BUSINESS_CODES {
        let meaning = told(entry.code, None);
        assert_eq!(
            (meaning.meaning, meaning.remedy),
            (entry.meaning, entry.remedy)
        );
        let retry = match entry.code {
            "FAIL_BIZ_500" => Retry::Later,
            _ => Retry::Never,
        };
        assert_eq!(meaning.retry, retry, "{}", entry.code);
    }
    for unknown in ["", "560", "FAIL_BIZ_777"] {
        assert_eq!(meaning_of(unknown, None), None);
    }
}
