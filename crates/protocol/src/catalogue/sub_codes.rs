//! Sub codes: `isv.*` is the caller's to mend, `isp.*` the platform's.

use super::{Bilingual, SubCode};
use crate::{Fault, Retry};

/// The table. The first pattern that matches counts, so families stand after their members.
pub const SUB_CODES: &[SubCode] = &[
    sub(
        "isv.invalid-parameter",
        ("非法参数", "A parameter is not valid"),
        (
            "对照API文档中该参数的类型、格式和限制,修改sub_msg所指的参数",
            "Mend the parameter that sub_msg names: its type, form and limit stand on the method's page",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.missing-parameter",
        ("缺少必要的参数", "A required parameter is missing"),
        (
            "补上sub_msg所指的参数",
            "Send the parameter that sub_msg names",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.pov-not-exist",
        ("接种点不存在或未授权", "There is no such POV for this app"),
        (
            "编码有误,或应用未获授权:核对out_pov_id是不是贵公司自己的编码;编码无误则请平台运营方授权:povline app grant",
            "The code is wrong, or this app has no grant for the clinic: check that out_pov_id is your own company's code of it; if it is, the platform's operator grants it by povline app grant",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.pov-read-only",
        (
            "应用对接种点无写权限",
            "The app may read this POV, but not write there",
        ),
        (
            "请运营方授予写权限:povline app grant --write",
            "Ask the operator for a grant to write: povline app grant --write",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.invalid-signature",
        (
            "签名无效的原因(仅沙箱说明)",
            "Why the signature is wrong, as a sandbox tells it",
        ),
        (
            "按sub_msg修改签名;没有指明原因时,先核对密钥是否属于该app_key",
            "Mend what sub_msg tells of the signature; where it tells no cause, check first that the secret is that of this app_key",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.appkey-not-exists",
        ("AppKey不存在", "There is no such app"),
        (
            "核对app_key:沙箱的是以102开头的10位数字,生产环境的是8位数字",
            "Check app_key: a sandbox's has ten digits that begin with 102, production's has eight",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.app-disabled",
        ("应用已停用", "The platform's operator has stopped the app"),
        ("联系运营方启用应用", "Ask the operator to enable the app"),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.permission-api-package-empty",
        ("应用没有任何API权限包", "The app has no package of APIs"),
        ("为应用申请该API的权限包", "Apply for this API's package"),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.permission-api-package-not-allowed",
        (
            "应用的API权限包不允许调用该接口",
            "The app's package does not allow this API",
        ),
        (
            "为应用申请包含该API的权限包",
            "Apply for a package that holds this API",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.permission-api-package-limit",
        (
            "应用没有该API的权限包",
            "The app lacks the package of this API",
        ),
        ("为应用申请该API的权限包", "Apply for this API's package"),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.permission-ip-whitelist-limit",
        (
            "调用方IP不在白名单内",
            "The caller's address is not on the app's list",
        ),
        (
            "从sub_msg所列的地址调用,或请运营方加入本机地址:povline app allow",
            "Call from an address that sub_msg lists, or ask the operator to add yours: povline app allow",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.permission-api-widget-only-limit",
        (
            "该API只允许在插件中调用",
            "This API may be called by widgets only",
        ),
        (
            "改用允许服务端调用的API",
            "Use a method that servers may call",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.invalid-permission",
        ("权限不够、非法访问", "The permission does not suffice"),
        ("为应用申请所需的权限", "Apply for the permission"),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.***-not-exist:***",
        ("根据***查询不到###", "There is nothing of this name"),
        (
            "核对冒号后所指的编号",
            "Check the id that is named behind the colon",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.missing-parameter:***",
        ("缺少必要的参数***", "A required parameter is missing"),
        (
            "补上冒号后所指的参数",
            "Send the parameter that is named behind the colon",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.invalid-parameter:***",
        (
            "参数***无效，格式不对、非法值、越界等",
            "A parameter has the wrong form, value or range",
        ),
        (
            "修改冒号后所指的参数的格式或取值",
            "Mend form or value of the parameter that is named behind the colon",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.parameters-mismatch:***-and-###",
        (
            "传入的参数***和###不匹配，两者有一定的对应关系",
            "Two parameters do not go together",
        ),
        (
            "使这两个参数互相对应",
            "Make the two parameters go together",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.***-service-error:###",
        (
            "调用***服务返回false，业务逻辑错误，###表示具体的错误信息",
            "A service refuses the call; the end names the reason",
        ),
        (
            "按冒号后的原因修改后再调用",
            "Mend what the reason behind the colon tells",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "isv.***",
        ("调用方的业务错误", "An error of the caller's"),
        (
            "按sub_code和sub_msg修改后再调用",
            "Mend what sub_code and sub_msg tell, then call again",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "invalid-sessionkey",
        ("SessionKey非法", "The session is not valid"),
        (
            "请用户重新授权,换用新的session",
            "Have the user grant access again, and use the new session",
        ),
        Fault::Caller,
        Retry::Never,
    ),
    sub(
        "accesscontrol.limited-by-api-access-count",
        (
            "API总调用量超限",
            "All callers' calls of this API are used up",
        ),
        (
            "等待sub_msg所说的秒数;经常发生时请运营方提高该API的上限",
            "Wait the seconds that sub_msg tells; where it happens often, ask the operator to raise the method's limit",
        ),
        Fault::Caller,
        Retry::AfterBan,
    ),
    sub(
        "accesscontrol.limited-by-app-access-count",
        ("应用总调用量超限", "The app's calls are used up"),
        (
            "等待sub_msg所说的秒数并减少调用;不够用时请运营方提高应用的上限:povline app limit",
            "Wait the seconds that sub_msg tells and call less; if that is too little, ask the operator to raise the app's limit: povline app limit",
        ),
        Fault::Caller,
        Retry::AfterBan,
    ),
    sub(
        "accesscontrol.limited-by-app-api-access-count",
        (
            "应用对该API的调用量超限",
            "The app's calls of this API are used up",
        ),
        (
            "等待sub_msg所说的秒数并减少对该API的调用;不够用时请运营方提高上限:povline app limit",
            "Wait the seconds that sub_msg tells and call this method less; if that is too little, ask the operator to raise the limit: povline app limit",
        ),
        Fault::Caller,
        Retry::AfterBan,
    ),
    sub(
        "accesscontrol.limited-by-dynamic-access-count",
        ("动态流控", "The platform limits calls for its own load"),
        (
            "等待sub_msg所说的秒数后再调用",
            "Wait the seconds that sub_msg tells",
        ),
        Fault::Caller,
        Retry::AfterBan,
    ),
    sub(
        "isp.call-limited",
        ("调用受限", "Calls are limited"),
        (
            "等待限制过去后再调用,并减少调用",
            "Wait until the limit has passed, and call less",
        ),
        Fault::Caller,
        Retry::AfterBan,
    ),
    sub(
        "isp.null-pointer-exception",
        ("服务端空指针异常", "The service failed on its own data"),
        (
            "原样重试无用:把request_id交给运营方",
            "The same call fails again: give its request_id to the operator",
        ),
        Fault::Platform,
        Retry::Never,
    ),
    sub(
        "isp.top-parse-error",
        ("TOP解析请求数据失败", "The gateway could not read the call"),
        (
            "检查请求的编码和格式;仍然失败则把request_id交给运营方",
            "Check encoding and form of the request; if it still fails, give its request_id to the operator",
        ),
        Fault::Platform,
        Retry::Never,
    ),
    sub(
        "isp.top-mapping-parse-error",
        ("TOP映射请求数据失败", "The gateway could not map the call"),
        (
            "检查参数的名称和格式;仍然失败则把request_id交给运营方",
            "Check names and form of the parameters; if it still fails, give its request_id to the operator",
        ),
        Fault::Platform,
        Retry::Never,
    ),
    sub(
        "isp.remote-service-error",
        ("连接远程服务错误", "The service behind the platform failed"),
        (
            "稍后重试,间隔递增;持续失败则把request_id交给运营方",
            "Try again later, after longer and longer pauses; if it lasts, give the request_id to the operator",
        ),
        Fault::Platform,
        Retry::Later,
    ),
    sub(
        "isp.remote-service-timeout",
        (
            "连接远程服务超时",
            "The service behind the platform took too long",
        ),
        (
            "稍后重试,间隔递增;写入类调用须原样重发",
            "Try again later, after longer and longer pauses; send a call that writes again as it was",
        ),
        Fault::Platform,
        Retry::Later,
    ),
    sub(
        "isp.remote-connection-error",
        (
            "远程连接错误",
            "The service behind the platform cannot be reached",
        ),
        (
            "稍后重试,间隔递增",
            "Try again later, after longer and longer pauses",
        ),
        Fault::Platform,
        Retry::Later,
    ),
    sub(
        "isp.top-remote-connection-timeout",
        (
            "TOP连接后端服务超时",
            "The gateway's connection took too long",
        ),
        (
            "稍后重试,间隔递增",
            "Try again later, after longer and longer pauses",
        ),
        Fault::Platform,
        Retry::Later,
    ),
    sub(
        "isp.top-remote-connection-error",
        ("TOP连接后端服务错误", "The gateway's connection failed"),
        (
            "稍后重试,间隔递增",
            "Try again later, after longer and longer pauses",
        ),
        Fault::Platform,
        Retry::Later,
    ),
    sub(
        "isp.top-remote-service-unavailable",
        (
            "后端服务不可用",
            "The service behind the gateway is not available",
        ),
        (
            "平台繁忙:稍后原样重试,间隔递增",
            "The platform is busy: send the same call again later, after longer and longer pauses",
        ),
        Fault::Platform,
        Retry::Later,
    ),
    sub(
        "isp.unknown-error",
        ("未知错误", "Unknown failure of the platform"),
        (
            "稍后重试;持续失败则把request_id交给运营方",
            "Try again later; if it lasts, give the request_id to the operator",
        ),
        Fault::Platform,
        Retry::Later,
    ),
    sub(
        "isp.***-service-unavailable",
        (
            "调用后端服务***抛异常，服务不可用",
            "A service behind the platform is not available",
        ),
        (
            "稍后重试,间隔递增",
            "Try again later, after longer and longer pauses",
        ),
        Fault::Platform,
        Retry::Later,
    ),
    sub(
        "isp.***",
        ("平台的错误", "An error of the platform's"),
        (
            "稍后重试,间隔递增;持续失败则把request_id交给运营方",
            "Try again later, after longer and longer pauses; if it lasts, give the request_id to the operator",
        ),
        Fault::Platform,
        Retry::Later,
    ),
];

/// A row of the table, its texts in Chinese and English.
pub(super) const fn sub(
    pattern: &'static str,
    (meaning_chinese, meaning): (&'static str, &'static str),
    (remedy_chinese, remedy): (&'static str, &'static str),
    fault: Fault,
    retry: Retry,
) -> SubCode {
    SubCode {
        pattern,
        meaning: Bilingual {
            chinese: meaning_chinese,
            english: meaning,
        },
        remedy: Bilingual {
            chinese: remedy_chinese,
            english: remedy,
        },
        fault,
        retry,
    }
}
