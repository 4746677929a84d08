//! Questions that are asked again and again.

use askama::Template;
use axum::extract::State;
use povline_protocol::api::ApiSpec;
use povline_protocol::catalogue::Bilingual;
use povline_protocol::methods::appointment_query;
use povline_web::{Language, Page};

use super::menu::{Group, menu};
use crate::{Access, Portal, Site};

/// A question and its answer.
pub(crate) struct Question {
    /// Its name in addresses.
    pub(crate) anchor: &'static str,
    pub(crate) asked: Bilingual,
    pub(crate) answered: Bilingual,
    /// On which pages it stands beside this one.
    about: About,
}

#[derive(PartialEq, Eq)]
enum About {
    EveryMethod,
    Query,
    Nothing,
}

#[derive(Template)]
#[template(path = "docs/faq.html")]
pub(crate) struct Faq {
    site: Site,
    language: Language,
    menu: Vec<Group>,
    access: Access,
    questions: &'static [Question],
}

pub(crate) async fn page(State(portal): State<Portal>, site: Site) -> Page<Faq> {
    Page(Faq {
        language: site.language,
        menu: menu(&portal, site.language),
        access: portal.access(),
        questions: QUESTIONS,
        site,
    })
}

/// The questions that belong on a method's page.
pub(crate) fn about(spec: &ApiSpec) -> Vec<&'static Question> {
    let is_query = spec.method == appointment_query::METHOD;
    let belongs = |question: &&Question| match question.about {
        About::EveryMethod => true,
        About::Query => is_query,
        About::Nothing => false,
    };
    QUESTIONS.iter().filter(belongs).collect()
}

const QUESTIONS: &[Question] = &[
    question(
        "signature",
        About::EveryMethod,
        (
            "为什么返回25 Invalid signature?",
            "Why is the answer 25, Invalid signature?",
        ),
        (
            "平台按收到的参数算出了另一个签名。沙箱会在sub_msg中指出最可能的原因和首个不同的字符;生产环境请把request_id交给运营方。常见原因:参数未按名称的字节序排序;对URL编码后的值签名;签名与发送用了两个时间戳;密钥文件末尾有换行。",
            "The platform computed another signature from what it received. A sandbox tells the likeliest cause and the first character that differs in sub_msg; in production, give the request_id to the operator. Usual causes: parameters not sorted by name in byte order; values signed after they were URL-encoded; one timestamp signed and another sent; a line break at the end of the file with the secret.",
        ),
    ),
    question(
        "timestamp",
        About::EveryMethod,
        (
            "为什么返回31 Invalid timestamp?",
            "Why is the answer 31, Invalid timestamp?",
        ),
        (
            "timestamp是GMT+8的时间,与平台时间相差不得超过10分钟。官方PHP、.NET和NodeJS SDK使用本机时区:请把机器或进程的时区设为Asia/Shanghai。",
            "timestamp is a time at GMT+8, at most ten minutes off. The official SDKs for PHP, .NET and NodeJS take the machine's own time zone: set it to Asia/Shanghai, for the machine or for the process.",
        ),
    ),
    question(
        "status",
        About::EveryMethod,
        (
            "HTTP状态总是200,怎样判断失败?",
            "The HTTP status is always 200: what is a failure?",
        ),
        (
            "分三层:HTTP本身失败;返回error_response;返回正常但success(或is_success)为false。三者都不表示“没有预约”。",
            "There are three layers: HTTP itself fails; the answer is an error_response; the answer is good and its success (or is_success) is false. None of them means that there are no appointments.",
        ),
    ),
    question(
        "pov",
        About::Query,
        (
            "为什么返回isv.pov-not-exist?",
            "Why is the answer isv.pov-not-exist?",
        ),
        (
            "out_pov_id是贵公司自己的接种点编号。编号不存在,或应用没有该接种点的授权,返回同一个错误:任何人都不能借此试探别人有哪些接种点。",
            "out_pov_id is your own company's code of the clinic. A code that does not exist and one for which the app has no grant get one and the same error, so that nobody can find out which clinics others have.",
        ),
    ),
    question(
        "cancelled",
        About::Query,
        (
            "怎样知道预约被取消?",
            "How do I know that a booking was cancelled?",
        ),
        (
            "列表中没有取消标记:被取消的预约只是不再出现。翻页期间列表会变化,因此一次没读到不等于取消。请先确认整日列表完整读取,再到其他日期核对是否改约。povline sync正是为此而做。",
            "The list has no flag for it: a cancelled booking is only not there any more. Lists change while they are being read, so one that was not seen is not one that was cancelled. Prove that the whole day was read, then look on the other days for a reschedule. povline sync does exactly this.",
        ),
    ),
    question(
        "paging",
        About::Query,
        ("翻页时会漏记录吗?", "Can rows be missed between two pages?"),
        (
            "从第1页起依次向后翻页(同一page_size、间隔不太久)时,平台给出同一时刻的列表,不重不漏。跳页、倒序或隔很久再翻,看到的是当前列表。建议page_size=200,通常一页即整日。",
            "Who reads page 1 and then one page after the other (one page_size, without long pauses) sees the list of one instant, nothing missed or twice. Any other order sees the present. Ask for page_size 200: one page is then mostly the whole day.",
        ),
    ),
    question(
        "pick-status",
        About::Query,
        (
            "pick_status为0是未取号吗?",
            "Does pick_status 0 mean that no number was taken?",
        ),
        (
            "相反:0表示已取号,1表示未取号。",
            "The contrary: 0 means that it was taken, 1 that it was not.",
        ),
    ),
    question(
        "limited",
        About::EveryMethod,
        (
            "返回7 App Call Limited后要等多久?",
            "How long to wait after 7, App Call Limited?",
        ),
        (
            "sub_msg写明秒数:This ban will last for N more seconds。N秒后同样的调用即可成功。提前重试不会延长限制,但也不会成功。",
            "sub_msg tells the seconds: This ban will last for N more seconds. After N seconds the same call goes through. Trying earlier makes the ban no longer, and helps nothing.",
        ),
    ),
    question(
        "sdk",
        About::Nothing,
        ("能用官方SDK吗?", "Can the official SDKs be used?"),
        (
            "可以,只需改网关地址。各API的请求和响应类可在“SDK类下载”取得。",
            "Yes; nothing changes but the gateway's address. The request and response classes of every method are on the page “SDK classes”.",
        ),
    ),
    question(
        "retry",
        About::Nothing,
        ("哪些错误可以重试?", "Which errors may be tried again?"),
        (
            "sub_code以isp.开头的、10和15类平台错误稍后可重试,间隔递增;isv.开头的要先修改。写入类API说明中注明“可重复”的,可原样重发。",
            "Sub codes that begin with isp. and the platform's own 10 and 15 may be tried later, after longer and longer pauses; those that begin with isv. must be mended first. A writing method whose page says that it may be repeated can be sent again byte for byte.",
        ),
    ),
];

const fn question(
    anchor: &'static str,
    about: About,
    (asked_chinese, asked): (&'static str, &'static str),
    (answered_chinese, answered): (&'static str, &'static str),
) -> Question {
    Question {
        anchor,
        asked: Bilingual {
            chinese: asked_chinese,
            english: asked,
        },
        answered: Bilingual {
            chinese: answered_chinese,
            english: answered,
        },
        about,
    }
}
