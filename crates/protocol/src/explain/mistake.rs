//! The mistakes that are known, in words.

use crate::SignMethod;

/// A part of a request that a caller may have forgotten to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The parameters that stand in the query.
    Query,
    /// The parameters that stand in the body.
    Body,
    /// The public parameters.
    Public,
    /// The method's own parameters.
    Own,
}

/// Which of two things was signed and which was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The encoded form was signed, the plain one sent.
    SignedEncoded,
    /// The plain form was signed, the encoded one sent.
    SentEncoded,
}

/// A mistake that callers make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// Another way of signing than `sign_method` says.
    SignMethod(SignMethod),
    /// The secret stands only before the text, or only behind it.
    SecretOnOneSide,
    /// A secret that does not work any more.
    RetiredSecret,
    /// White space around the secret, such as the end of a line of its file.
    SecretWithBlanks,
    /// The secret in other letters, upper for lower.
    SecretCase,
    /// The app's key, or nothing, in place of its secret.
    NotTheSecret,
    /// A parameter that was sent was not signed.
    LeftOut(String),
    /// Parameters that were sent were not signed.
    PartLeftOut(Part),
    /// A parameter that was signed was not sent.
    NotSent(String),
    /// The body was not signed, although it must be.
    BodyLeftOut,
    /// The body was signed, although its parameters are.
    BodySigned,
    /// The time was read twice: once to sign and once to send.
    OtherTimestamp,
    /// Values were signed in GBK; the protocol is UTF-8.
    Gbk,
    /// Values were sent as the misread bytes of other text (mojibake).
    Misread,
    /// Percent-encoding: values must be signed plain and sent encoded once.
    Percent(Direction),
    /// A plus sign and a blank were taken for each other.
    Plus,
    /// White space around values was signed or sent, but not both.
    Blanks,
    /// Ends of lines differ: CR LF or LF.
    LineEnds,
    /// A JSON value was written twice, in two ways: escapes or white space differ.
    Json,
    /// The parameters were not sorted.
    Unsorted,
    /// The parameters were sorted in another order than that of bytes.
    OtherOrder,
    /// Names and values were joined with `=` or `&`.
    Separators,
    /// `sign` itself was signed.
    SignSigned,
    /// The text was turned to upper or lower case before it was signed.
    Case,
    /// The signature is not hexadecimal.
    NotHex,
    /// The signature has another length than one of this way of signing.
    Length,
}

impl Mistake {
    /// What is wrong with a signature by its look alone.
    pub(super) fn of_shape(method: SignMethod, signature: &str) -> Option<Self> {
        let length = match method {
            SignMethod::Md5 | SignMethod::Hmac => 32,
            SignMethod::HmacSha256 => 64,
        };
        if !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(Self::NotHex);
        }
        (signature.len() != length).then_some(Self::Length)
    }

    /// The mistake in one word, for machines.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::SignMethod(_) => "sign-method",
            Self::SecretOnOneSide => "secret-on-one-side",
            Self::RetiredSecret => "retired-secret",
            Self::SecretWithBlanks => "secret-with-blanks",
            Self::SecretCase => "secret-case",
            Self::NotTheSecret => "not-the-secret",
            Self::LeftOut(_) => "parameter-left-out",
            Self::PartLeftOut(_) => "part-left-out",
            Self::NotSent(_) => "parameter-not-sent",
            Self::BodyLeftOut => "body-left-out",
            Self::BodySigned => "body-signed",
            Self::OtherTimestamp => "other-timestamp",
            Self::Gbk => "gbk",
            Self::Misread => "misread",
            Self::Percent(Direction::SignedEncoded) => "signed-percent-encoded",
            Self::Percent(Direction::SentEncoded) => "sent-encoded-twice",
            Self::Plus => "plus-for-blank",
            Self::Blanks => "blanks",
            Self::LineEnds => "line-ends",
            Self::Json => "json-written-twice",
            Self::Unsorted => "unsorted",
            Self::OtherOrder => "other-order",
            Self::Separators => "separators",
            Self::SignSigned => "sign-signed",
            Self::Case => "case",
            Self::NotHex => "not-hexadecimal",
            Self::Length => "length",
        }
    }

    /// The mistake and its remedy in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::SignMethod(used) => {
                format!("实际用{}签名,与sign_method不一致", used.word())
            }
            Self::SecretOnOneSide => "md5签名时密钥须同时加在首尾".to_owned(),
            Self::RetiredSecret => "用了已停用的旧密钥".to_owned(),
            Self::SecretWithBlanks => "密钥首尾多了空白或换行".to_owned(),
            Self::SecretCase => "密钥的大小写不对".to_owned(),
            Self::NotTheSecret => "密钥为空或误用了app_key".to_owned(),
            Self::LeftOut(name) => format!("参数{name}已发送但未参与签名"),
            Self::PartLeftOut(part) => match part {
                Part::Query => "URL中的参数未参与签名".to_owned(),
                Part::Body => "请求体中的参数未参与签名".to_owned(),
                Part::Public => "公共参数未参与签名".to_owned(),
                Part::Own => "业务参数未参与签名".to_owned(),
            },
            Self::NotSent(name) => format!("参数{name}参与了签名但未发送"),
            Self::BodyLeftOut => "请求体须附在参数之后一起签名".to_owned(),
            Self::BodySigned => "表单请求体不应作为原文参与签名".to_owned(),
            Self::OtherTimestamp => "签名与发送用了不同的timestamp".to_owned(),
            Self::Gbk => "签名时用了GBK编码,应为UTF-8".to_owned(),
            Self::Misread => "发送的文字是乱码(编码误读),与签名的不同".to_owned(),
            Self::Percent(Direction::SignedEncoded) => "应以未编码的值签名".to_owned(),
            Self::Percent(Direction::SentEncoded) => "发送时多编码了一次".to_owned(),
            Self::Plus => "加号与空格混淆(URL编码)".to_owned(),
            Self::Blanks => "值首尾的空白签名与发送不一致".to_owned(),
            Self::LineEnds => "换行符签名与发送不一致".to_owned(),
            Self::Json => "签名与发送的JSON写法不同,应只序列化一次".to_owned(),
            Self::Unsorted => "参数未按名称排序".to_owned(),
            Self::OtherOrder => "参数须按名称的字节序(ASCII)排序".to_owned(),
            Self::Separators => "参数名与值之间不应有=或&".to_owned(),
            Self::SignSigned => "sign本身不参与签名".to_owned(),
            Self::Case => "签名前文本被转换了大小写".to_owned(),
            Self::NotHex => "sign不是十六进制".to_owned(),
            Self::Length => "sign的长度与sign_method不符".to_owned(),
        }
    }

    /// The mistake and its remedy in English.
    #[must_use]
    pub fn english(&self) -> String {
        match self {
            Self::SignMethod(used) => {
                format!(
                    "signed with {}, which is not what sign_method says",
                    used.word()
                )
            }
            Self::SecretOnOneSide => "md5 takes the secret before and behind the text".to_owned(),
            Self::RetiredSecret => "signed with a secret that does not work any more".to_owned(),
            Self::SecretWithBlanks => "white space or a line end around the secret".to_owned(),
            Self::SecretCase => "the secret in other letters, upper for lower".to_owned(),
            Self::NotTheSecret => "the app key or nothing in place of the secret".to_owned(),
            Self::LeftOut(name) => format!("{name} was sent and not signed"),
            Self::PartLeftOut(part) => match part {
                Part::Query => "the parameters in the query were not signed".to_owned(),
                Part::Body => "the parameters in the body were not signed".to_owned(),
                Part::Public => "the public parameters were not signed".to_owned(),
                Part::Own => "the method's own parameters were not signed".to_owned(),
            },
            Self::NotSent(name) => format!("{name} was signed and not sent"),
            Self::BodyLeftOut => "the body must be signed behind the parameters".to_owned(),
            Self::BodySigned => "the body of a form is not signed as it is".to_owned(),
            Self::OtherTimestamp => "another timestamp was signed than sent".to_owned(),
            Self::Gbk => "signed in GBK, not in UTF-8".to_owned(),
            Self::Misread => "what was sent is a misreading of what was signed".to_owned(),
            Self::Percent(Direction::SignedEncoded) => "sign values before encoding".to_owned(),
            Self::Percent(Direction::SentEncoded) => "values were encoded twice".to_owned(),
            Self::Plus => "a plus sign and a blank were taken for each other".to_owned(),
            Self::Blanks => "white space around a value was signed or sent, not both".to_owned(),
            Self::LineEnds => "line ends differ between what was signed and sent".to_owned(),
            Self::Json => "the JSON that was signed is written otherwise than that sent".to_owned(),
            Self::Unsorted => "the parameters were not sorted by name".to_owned(),
            Self::OtherOrder => "the parameters must be sorted in byte order".to_owned(),
            Self::Separators => "no = or & between names and values".to_owned(),
            Self::SignSigned => "sign itself is not signed".to_owned(),
            Self::Case => "the text was turned to upper or lower case".to_owned(),
            Self::NotHex => "sign is not hexadecimal".to_owned(),
            Self::Length => "sign has another length than sign_method makes".to_owned(),
        }
    }
}
