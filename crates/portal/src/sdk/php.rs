//! PHP: a request class for each method, and a class for each object.

use std::collections::BTreeMap;

use askama::Template;

use super::SdkFile;
use super::model::{Api, Kind, Member, Type};

#[derive(Template)]
#[template(path = "sdk/request.php.txt", escape = "none")]
struct Request<'a> {
    api: &'a Api,
}

#[derive(Template)]
#[template(path = "sdk/domain.php.txt", escape = "none")]
struct Domain<'a> {
    name: &'a str,
    object: &'a Type,
}

/// A request class for each method, and a class for each object of requests and responses. The PHP
/// SDK reads answers into objects without a class; these tell what stands in them.
pub(super) fn files(mut apis: Vec<Api>) -> Vec<SdkFile> {
    tell_apart(&mut apis);
    let mut domains: BTreeMap<&str, &Type> = BTreeMap::new();
    let mut files = Vec::new();
    for api in &apis {
        files.push(SdkFile {
            path: format!("top/request/{}Request.php", api.class),
            // A template fails only if a value of it does, and none of these can.
            text: Request { api }.render().unwrap_or_default() + "\n",
        });
        let objects = api.request_types.iter().chain(&api.response_types);
        domains.extend(objects.map(|object| (object.name.as_str(), object)));
    }
    files.extend(domains.iter().map(|(name, object)| SdkFile {
        path: format!("top/domain/{name}.php"),
        text: Domain { name, object }.render().unwrap_or_default() + "\n",
    }));
    files
}

/// PHP has one name space for the classes of all methods. An object whose name stands for another
/// shape elsewhere takes the name of the class that it would stand in, were there such classes:
/// `…RequestName`, `…ResponseName`. Which methods there are beside its own and in which order they
/// come does not matter but for that.
fn tell_apart(apis: &mut [Api]) {
    loop {
        let all: Vec<&Type> = apis.iter().flat_map(Api::types).collect();
        let is_shared = |object: &Type| {
            let mut others = all.iter().filter(|other| other.is_called(&object.name));
            others.any(|other| *other != object)
        };
        let shared = all.iter().filter(|object| is_shared(object));
        let shared: Vec<String> = shared.map(|object| object.name.clone()).collect();
        if shared.is_empty() {
            return;
        }
        for api in &mut *apis {
            let Api {
                class,
                request,
                request_types,
                response,
                response_types,
                ..
            } = api;
            for (side, members, types) in [
                ("Request", request, request_types),
                ("Response", response, response_types),
            ] {
                let renamed = |name: &mut String| {
                    if shared.contains(name) {
                        *name = format!("{class}{side}{name}");
                    }
                };
                rename(members, &renamed);
                for object in types {
                    renamed(&mut object.name);
                    rename(&mut object.members, &renamed);
                }
            }
        }
    }
}

fn rename(members: &mut [Member], renamed: &impl Fn(&mut String)) {
    for member in members {
        if let Kind::Object(name) | Kind::Objects(name, _) = &mut member.kind {
            renamed(name);
        }
    }
}

impl Api {
    fn types(&self) -> impl Iterator<Item = &Type> {
        self.request_types.iter().chain(&self.response_types)
    }
}
