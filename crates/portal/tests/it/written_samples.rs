//! The programs in `docs/samples` are the portal's.

use std::path::Path;

use povline_portal::samples::{Call, Language, sample};
use povline_protocol::methods::appointment_query;

use crate::site::URL;

#[test]
fn the_written_samples_are_what_the_portal_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/samples");
    let call = Call {
        url: URL.to_owned(),
        app_key: "12345678".to_owned(),
        values: Default::default(),
    };
    let mut different = Vec::new();
    for language in Language::ALL {
        let program = sample(language, &appointment_query::SPEC, &call);
        let name = language.file_name();
        if std::fs::read_to_string(folder.join(name)).unwrap_or_default() != program {
            let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            std::fs::write(&made, program).unwrap();
            different.push(made);
        }
    }
    assert!(
        different.is_empty(),
        "docs/samples is not what the definitions say: look at these and take them over: {different:?}"
    );
}
