//! The classes for the official SDKs, as text.

use std::collections::BTreeSet;

use povline_portal::sdk::{Language, archive, files, java_usage};
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
