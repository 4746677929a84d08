//! The classes for the official SDKs, as text.

use std::collections::BTreeSet;

use povline_portal::sdk::{Language, SdkFile, archive, files, java_usage};
use povline_protocol::api::{ApiSpec, FieldSpec};
use povline_protocol::methods;

/// The sample on the contract's page.
const CONTRACT: &str = "\
TaobaoClient client = new DefaultTaobaoClient(url, appkey, secret);
AlibabaHealthVaccinAppointmentQueryRequest req = new AlibabaHealthVaccinAppointmentQueryRequest();
AlibabaHealthVaccinAppointmentQueryRequest.QueryPovAppointmentRecordByDateReq obj1 = new AlibabaHealthVaccinAppointmentQueryRequest.QueryPovAppointmentRecordByDateReq();
obj1.setDay(\"2020-01-18\");
obj1.setOutPovId(\"00001\");
obj1.setPageNum(1L);
obj1.setPageSize(200L);
req.setParamQueryPovAppointmentRecordByDateReq(obj1);
AlibabaHealthVaccinAppointmentQueryResponse rsp = client.execute(req);
System.out.println(rsp.getBody());";

#[test]
fn the_java_sample_is_the_contracts() {
    assert_eq!(java_usage(&methods::appointment_query::SPEC), CONTRACT);
}

#[test]
fn every_method_has_its_classes_and_no_path_stands_twice() {
    for language in Language::ALL {
        let files = files(language, methods::ALL);
        let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths.len(), files.len());
        for spec in methods::ALL {
            let telling = files.iter().filter(|file| file.text.contains(spec.method));
            assert!(telling.count() > 0, "{language:?} {}", spec.method);
        }
    }
}

#[test]
fn the_same_classes_are_the_same_archive() {
    let classes = files(Language::Java, methods::ALL);
    let zip = archive(&classes);
    assert_eq!(zip, archive(&files(Language::Java, methods::ALL)));
    assert!(zip.starts_with(b"PK\x03\x04") && zip.len() > 10_000);
}

/// A field of a definition of tests alone.
const fn field(
    name: &'static str,
    kind: &'static str,
    children: &'static [FieldSpec],
) -> FieldSpec {
    FieldSpec {
        name,
        kind,
        children,
        ..methods::appointment_digest::SPEC.request[0]
    }
}

/// Two shapes of one name in one call, one of them under other letters.
const ONE: ApiSpec = ApiSpec {
    method: "test.one",
    request: &[field("shared", "Shared", &[field("a", "String", &[])])],
    response: &[
        field("first", "Shared", &[field("b", "Number", &[])]),
        field("second", "Shared", &[field("c", "Number", &[])]),
        field("third", "SHARED", &[field("d", "Number", &[])]),
        field(
            "outer",
            "Outer",
            &[field("inner", "Inner", &[field("e", "String", &[])])],
        ),
    ],
    ..methods::appointment_digest::SPEC
};

/// A shape that is the same, and one that holds another.
const TWO: ApiSpec = ApiSpec {
    method: "test.two",
    request: &[field("shared", "Shared", &[field("a", "String", &[])])],
    response: &[
        field(
            "outer",
            "Outer",
            &[field("inner", "Inner", &[field("f", "String", &[])])],
        ),
        field("alone", "Alone", &[field("a", "String", &[])]),
    ],
    ..methods::appointment_digest::SPEC
};

/// The names of the classes that files declare, in lower-case letters.
fn classes(files: &[SdkFile]) -> Vec<String> {
    let lines = files.iter().flat_map(|file| file.text.lines());
    let names = lines.filter_map(|line| {
        let (before, name) = line.split_once("class ")?;
        let declares = ["", "public ", "public static "].contains(&before.trim_start());
        let name = name.split([' ', '(']).next()?;
        declares.then(|| name.to_ascii_lowercase())
    });
    names.collect()
}

#[test]
fn shapes_of_one_name_are_classes_of_their_own() {
    let php = files(Language::Php, &[&ONE, &TWO]);
    let names = classes(&php);
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(names.len(), distinct.len(), "{names:?}");
    let text = |class: &str| {
        let path = format!("top/domain/{class}.php");
        let file = php.iter().find(|file| file.path == path);
        &file.unwrap_or_else(|| panic!("{class}: {names:?}")).text
    };
    for (class, member) in [
        ("TestOneRequestShared", "$a;"),
        ("TestTwoRequestShared", "$a;"),
        ("TestOneResponseShared", "$b;"),
        ("SecondShared", "$c;"),
        ("ThirdSHARED", "$d;"),
        ("TestOneResponseInner", "$e;"),
        ("TestTwoResponseInner", "$f;"),
        ("Alone", "$a;"),
    ] {
        assert!(text(class).contains(member), "{class}");
    }
    // Whoever names a class names the one that there is.
    assert!(text("TestOneResponseOuter").contains("TestOneResponseInner."));
    assert!(text("TestTwoResponseOuter").contains("TestTwoResponseInner."));
    assert_eq!(php, files(Language::Php, &[&TWO, &ONE]));

    for language in [Language::Java, Language::DotNet] {
        for file in files(language, &[&ONE, &TWO]) {
            let names = classes(std::slice::from_ref(&file));
            let distinct: BTreeSet<&String> = names.iter().collect();
            assert_eq!(names.len(), distinct.len(), "{}: {names:?}", file.path);
        }
    }
}

#[test]
fn a_name_with_one_shape_stays_the_definitions_in_php() {
    let php = files(Language::Php, methods::ALL);
    for name in ["MtopResult", "ListState", "BookedAppointment"] {
        let path = format!("top/domain/{name}.php");
        assert_eq!(
            php.iter().filter(|file| file.path == path).count(),
            1,
            "{name}"
        );
    }
}
