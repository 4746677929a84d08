//! Java: a request and a response class, with the objects as classes inside them.

use askama::Template;

use super::SdkFile;
use super::model::{Api, Kind, Member, Type};

#[derive(Template)]
#[template(path = "sdk/request.java.txt", escape = "none")]
struct Request<'a> {
    api: &'a Api,
}

#[derive(Template)]
#[template(path = "sdk/response.java.txt", escape = "none")]
struct Response<'a> {
    api: &'a Api,
}

pub(super) fn files(api: Api) -> [SdkFile; 2] {
    let file = |folder: &str, text: askama::Result<String>| SdkFile {
        path: format!(
            "com/taobao/api/{}/{}{}.java",
            folder.to_lowercase(),
            api.class,
            folder
        ),
        // A template fails only if a value of it does, and none of these can.
        text: text.unwrap_or_default() + "\n",
    };
    [
        file("Request", Request { api: &api }.render()),
        file("Response", Response { api: &api }.render()),
    ]
}

impl Member {
    /// The type of a field of an object or a response.
    fn java(&self) -> String {
        match &self.kind {
            Kind::Text => "String".to_owned(),
            Kind::Number => "Long".to_owned(),
            Kind::Truth => "Boolean".to_owned(),
            Kind::Instant => "Date".to_owned(),
            Kind::Object(name) => name.clone(),
            Kind::Objects(name, _) => format!("List<{name}>"),
            Kind::Texts => "List<String>".to_owned(),
        }
    }

    /// The type of a request's parameter: objects and lists are kept as the text that is sent.
    fn java_parameter(&self) -> &'static str {
        match &self.kind {
            Kind::Number => "Long",
            Kind::Truth => "Boolean",
            Kind::Instant => "Date",
            _ => "String",
        }
    }
}

/// A number that stays the same as long as the fields do.
fn serial(class: &str, types: &[Type]) -> u64 {
    let names = types.iter().flat_map(|one| {
        let members = one.members.iter().map(|member| member.wire);
        std::iter::once(one.name.as_str()).chain(members)
    });
    let mut number: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in std::iter::once(class).chain(names).flat_map(str::bytes) {
        number = (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    number >> 1
}
