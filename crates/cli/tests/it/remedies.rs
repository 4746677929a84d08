//! Whatever a command cannot do, it names what it could not use, and says what to do instead.

use crate::binary::Place;

#[test]
fn a_file_or_a_program_that_does_not_do_is_named_with_a_remedy() {
    let place = Place::new();
    place.write("no.recording", "no recording\n");
    place.write("view.ndjson", "");
    std::fs::create_dir_all(place.path().join("run")).unwrap();
    place.write("run/run.ndjson", "no record\n");
    let world = "world run town --listen 127.0.0.1:0 --admin 127.0.0.1:0 --pace frozen";
    for (command, code, named) in [
        ("events verify no.ndjson", 1, "cannot read no.ndjson"),
        ("world replay nothing", 1, "cannot read nothing"),
        ("world replay no.recording", 2, "cannot replay no.recording"),
        (
            "world grade view.ndjson --run run",
            1,
            "cannot read run/run.ndjson",
        ),
        (
            &format!("{world} -- no-such-client"),
            1,
            "cannot run no-such-client",
        ),
        (&format!("{world} -- false"), 1, "the client false failed"),
    ] {
        let run = place.run(command).ends_with(code);
        let (_, error) = run.stderr.split_once("error 错误:").unwrap();
        assert!(error.contains(named), "{command}: {run:#?}");
        let (_, remedy) = error.split_once("remedy 办法:").unwrap();
        let has_chinese = remedy
            .chars()
            .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(has_chinese, "{command}: {run:#?}");
    }
}
