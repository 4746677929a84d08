//! Why a signature is wrong, as sub codes: `isv.invalid-signature:` and the mistake in one word.
//! Only a sandbox tells them.

use super::SubCode;
use super::sub_codes::sub;
use crate::{Fault, Retry};

/// What all of them begin with.
const BEGIN: &str = "isv.invalid-signature:";

/// The table: one row for each [`Mistake`](crate::explain::Mistake) that can be recognised.
pub const SIGNATURE_CODES: &[SubCode] = &[
    mistake(
        "isv.invalid-signature:sign-method",
        (
            "所用的签名方法与sign_method不一致",
            "It was signed in another way than sign_method says",
        ),
        (
            "用sign_method所写的方法签名;不传sign_method即为md5",
            "Sign as sign_method says; without it that is md5",
        ),
    ),
    mistake(
        "isv.invalid-signature:secret-on-one-side",
        (
            "md5签名时密钥只加在了一端",
            "For md5 the secret stood on one side of the text only",
        ),
        (
            "密钥须同时加在待签名串的首尾",
            "Put the secret before and behind the text",
        ),
    ),
    mistake(
        "isv.invalid-signature:retired-secret",
        ("用了已停用的旧密钥", "A secret that does not work any more"),
        ("换用新密钥", "Use the new secret"),
    ),
    mistake(
        "isv.invalid-signature:secret-with-blanks",
        (
            "密钥首尾有空白或换行",
            "White space or a line end stands around the secret",
        ),
        ("读取密钥后去掉首尾空白", "Trim the secret after it is read"),
    ),
    mistake(
        "isv.invalid-signature:secret-case",
        (
            "密钥的大小写不对",
            "The secret was written in other letters, upper for lower",
        ),
        (
            "密钥须与给出的完全一致",
            "Use the secret exactly as it was given",
        ),
    ),
    mistake(
        "isv.invalid-signature:not-the-secret",
        (
            "密钥为空,或误用了app_key",
            "The app key or nothing stood in place of the secret",
        ),
        (
            "检查程序是否读到了密钥",
            "Check that the program does read the secret",
        ),
    ),
    mistake(
        "isv.invalid-signature:parameter-left-out",
        (
            "发送了某个参数但未签名",
            "A parameter was sent and not signed",
        ),
        (
            "除sign外,发送的参数都须签名",
            "Sign every parameter that is sent, but sign",
        ),
    ),
    mistake(
        "isv.invalid-signature:part-left-out",
        (
            "发送了一部分参数但未签名",
            "A part of the parameters was sent and not signed",
        ),
        (
            "URL和请求体中的参数合在一起签名",
            "Sign the parameters of query and body together",
        ),
    ),
    mistake(
        "isv.invalid-signature:parameter-not-sent",
        (
            "签名了某个参数但未发送",
            "A parameter was signed and not sent",
        ),
        (
            "空值可能被所用的库丢弃:不要签名,或一并发送",
            "Libraries may drop empty values: do not sign them, or send them too",
        ),
    ),
    mistake(
        "isv.invalid-signature:body-left-out",
        ("请求体未签名", "The body was not signed"),
        (
            "请求体不是表单时,须附在参数之后一起签名",
            "A body that is no form is signed behind the parameters",
        ),
    ),
    mistake(
        "isv.invalid-signature:body-signed",
        (
            "表单请求体作为原文参与了签名",
            "The body of a form was signed as it is",
        ),
        (
            "表单只签名其中的参数",
            "Of a form only the parameters are signed",
        ),
    ),
    mistake(
        "isv.invalid-signature:other-timestamp",
        (
            "签名与发送用了不同的timestamp",
            "One timestamp was signed, another sent",
        ),
        (
            "只取一次时间,签名与发送用同一个值",
            "Read the clock once, and sign and send the same value",
        ),
    ),
    mistake(
        "isv.invalid-signature:gbk",
        ("签名时用了GBK编码", "It was signed in GBK"),
        ("签名与发送都用UTF-8", "Sign and send in UTF-8"),
    ),
    mistake(
        "isv.invalid-signature:misread",
        (
            "发送的文字是乱码",
            "What was sent is a misreading of what was signed",
        ),
        (
            "检查源文件、数据库连接和程序的编码,统一为UTF-8",
            "Check the encodings of source, database and program: all UTF-8",
        ),
    ),
    mistake(
        "isv.invalid-signature:signed-percent-encoded",
        (
            "对URL编码后的值签名",
            "Values were signed after they were encoded",
        ),
        (
            "先签名,发送时再编码",
            "Sign values as they are, and encode them for sending",
        ),
    ),
    mistake(
        "isv.invalid-signature:sent-encoded-twice",
        ("发送时多编码了一次", "Values were encoded twice"),
        (
            "只编码一次:所用的库通常已经编码",
            "Encode once: most libraries do it by themselves",
        ),
    ),
    mistake(
        "isv.invalid-signature:plus-for-blank",
        (
            "加号与空格混淆",
            "A plus sign and a blank were taken for each other",
        ),
        (
            "表单中空格写作+或%20,加号写作%2B",
            "In a form a blank is + or %20, and a plus sign %2B",
        ),
    ),
    mistake(
        "isv.invalid-signature:blanks",
        (
            "值首尾的空白,签名与发送不一致",
            "White space around a value was signed or sent, not both",
        ),
        (
            "去掉空白后再签名并发送",
            "Trim first, then sign and send the same",
        ),
    ),
    mistake(
        "isv.invalid-signature:line-ends",
        (
            "换行符,签名与发送不一致",
            "Line ends differ between what was signed and sent",
        ),
        (
            "签名与发送用同一段文本",
            "Sign and send one and the same text",
        ),
    ),
    mistake(
        "isv.invalid-signature:json-written-twice",
        (
            "签名与发送的JSON写法不同",
            "The JSON that was signed is written otherwise than that sent",
        ),
        (
            "只序列化一次,签名与发送用同一段文本",
            "Write the object once, and sign and send that text",
        ),
    ),
    mistake(
        "isv.invalid-signature:unsorted",
        ("参数未按名称排序", "The parameters were not sorted"),
        (
            "按名称的字节序升序排列后再签名",
            "Sort them by name in byte order before signing",
        ),
    ),
    mistake(
        "isv.invalid-signature:other-order",
        (
            "参数的排序方式不对",
            "The parameters were sorted in another order",
        ),
        (
            "按名称的字节序(ASCII)排序:大写字母先于下划线,下划线先于小写字母",
            "Sort by bytes (ASCII): upper case before the underscore, the underscore before lower case",
        ),
    ),
    mistake(
        "isv.invalid-signature:separators",
        (
            "参数名与值之间加了=或&",
            "Names and values were joined with = or &",
        ),
        (
            "名称与值直接相连,不加分隔符",
            "Run names and values together without separators",
        ),
    ),
    mistake(
        "isv.invalid-signature:sign-signed",
        ("sign本身参与了签名", "sign itself was signed"),
        ("签名时去掉sign", "Leave sign out of the text"),
    ),
    mistake(
        "isv.invalid-signature:case",
        (
            "待签名串被转换了大小写",
            "The text was turned to upper or lower case",
        ),
        (
            "只把结果转为大写",
            "Only the result is turned to upper case",
        ),
    ),
    mistake(
        "isv.invalid-signature:not-hexadecimal",
        ("sign不是十六进制", "sign is not hexadecimal"),
        (
            "结果写成大写十六进制,不是Base64",
            "Write the result in hexadecimal, not in Base64",
        ),
    ),
    mistake(
        "isv.invalid-signature:length",
        (
            "sign的长度与sign_method不符",
            "sign has another length than sign_method makes",
        ),
        (
            "md5和hmac为32位,hmac-sha256为64位",
            "md5 and hmac make 32 characters, hmac-sha256 makes 64",
        ),
    ),
];

const fn mistake(
    pattern: &'static str,
    meaning: (&'static str, &'static str),
    remedy: (&'static str, &'static str),
) -> SubCode {
    sub(pattern, meaning, remedy, Fault::Caller, Retry::Never)
}

impl SubCode {
    /// The mistake in one word, if it is that of a signature.
    #[must_use]
    pub fn mistake(&self) -> Option<&'static str> {
        self.pattern.strip_prefix(BEGIN)
    }
}
