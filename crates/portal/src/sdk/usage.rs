//! A call with an official SDK: Java's as the contract's own sample makes it.

use std::fmt::Write as _;

use povline_protocol::api::{ApiSpec, FieldSpec};

use super::model::{Api, Kind, Member};

/// The lines that make a method's call with the classes of this module.
#[must_use]
pub fn java_usage(spec: &ApiSpec) -> String {
    let api = Api::of(spec);
    let class = &api.class;
    let mut lines = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        lines,
        "TaobaoClient client = new DefaultTaobaoClient(url, appkey, secret);\n\
         {class}Request req = new {class}Request();"
    );
    let mut objects = 0;
    for (field, member) in spec.request.iter().zip(&api.request) {
        match &member.kind {
            Kind::Object(name) => {
                objects += 1;
                let object = format!("obj{objects}");
                let _ = writeln!(
                    lines,
                    "{class}Request.{name} {object} = new {class}Request.{name}();"
                );
                let known = api.request_types.iter().find(|one| one.name == *name);
                let members = known.map_or(&[][..], |known| &known.members);
                for (child, member) in field.children.iter().zip(members) {
                    setter(&mut lines, &object, child, member);
                }
                let _ = writeln!(lines, "req.set{}({object});", member.pascal);
            }
            _ if field.required => setter(&mut lines, "req", field, member),
            _ => {}
        }
    }
    let session = if spec.needs_session {
        ", sessionKey"
    } else {
        ""
    };
    let _ = write!(
        lines,
        "{class}Response rsp = client.execute(req{session});\nSystem.out.println(rsp.getBody());"
    );
    lines
}

/// The lines that make a method's call with the Python SDK and the classes of this module.
#[must_use]
pub fn python_usage(spec: &ApiSpec) -> String {
    let api = Api::of(spec);
    let mut lines = format!(
        "import json\nimport top.api\nimport povline_top\n\n\
         req = top.api.{}Request(host, port)\n\
         req.set_app_info(top.appinfo(appkey, secret))\n",
        api.class
    );
    for field in spec.request {
        let sample = |field: &FieldSpec| match field.sample {
            "" => field.name,
            sample => sample,
        };
        let text = |field: &FieldSpec| serde_json::Value::from(sample(field)).to_string();
        // Writing to a string cannot fail.
        let _ = match field.children {
            [] if !field.required => Ok(()),
            [] => writeln!(lines, "req.{} = {}", field.name, text(field)),
            members => {
                let members = members.iter().map(|member| {
                    let value = match member.kind {
                        "Number" => sample(member).to_owned(),
                        _ => text(member),
                    };
                    format!("{:?}: {value}", member.name)
                });
                let members: Vec<String> = members.collect();
                let name = field.name;
                writeln!(lines, "req.{name} = json.dumps({{{}}})", members.join(", "))
            }
        };
    }
    let session = if spec.needs_session { "session" } else { "" };
    lines + &format!("print(json.dumps(req.getResponse({session})))")
}

fn setter(lines: &mut String, object: &str, field: &FieldSpec, member: &Member) {
    let sample = match field.sample {
        "" => field.name,
        sample => sample,
    };
    let value = match member.kind {
        Kind::Number => format!("{sample}L"),
        Kind::Truth => sample.to_owned(),
        Kind::Instant => format!("StringUtils.parseDateTime(\"{sample}\")"),
        _ => format!("\"{sample}\""),
    };
    let _ = writeln!(lines, "{object}.set{}({value});", member.pascal);
}
