//! Settings: flags over the environment over the file, and every fault told at once.

use crate::binary::{Place, ended};

#[test]
fn flags_go_before_the_environment_before_the_file() {
    let place = Place::new();
    place.write("povline.toml", "[platform]\ndata = \"from-file\"\n");
    let make = "app create --isv test --name test";
    place.run(make).ends_with(0);
    assert!(place.path().join("from-file").is_dir());
    let with_variable = |args: &str| {
        ended(
            place
                .command(args)
                .env("POVLINE_PLATFORM_DATA", "from-environment"),
        )
        .ends_with(0);
    };
    with_variable(make);
    assert!(place.path().join("from-environment").is_dir());
    with_variable(&format!("{make} --data from-flag"));
    assert!(place.path().join("from-flag").is_dir());
}

#[test]
fn every_fault_is_told_at_once_with_its_name_and_place() {
    let place = Place::new();
    place.write(
        "other.toml",
        "[platform]\nlisten = \"nowhere\"\nsheets_mebibytes = 0\n",
    );
    let run = ended(
        place
            .command("serve --config other.toml --admin 7002")
            .env("POVLINE_WORKERS", "many"),
    )
    .ends_with(2);
    for fault in [
        "platform.data is missing: give --data",
        "platform.listen (in the configuration file)",
        "platform.admin (from --admin)",
        "platform.sheets_mebibytes (in the configuration file)",
        "platform.workers (from POVLINE_WORKERS)",
    ] {
        assert!(run.stderr.contains(fault), "{fault}: {run:#?}");
    }
}

#[test]
fn an_unknown_setting_or_a_secret_in_the_file_is_refused() {
    let place = Place::new();
    for text in [
        "[platform]\ndatta = \"x\"\n",
        "[caller]\nsecret = \"x\"\n",
        "secret = \"x\"\n",
        "[platform\n",
    ] {
        place.write("bad.toml", text);
        let run = place.run("app list --config bad.toml").ends_with(2);
        assert!(run.stderr.contains("bad.toml"), "{run:#?}");
    }
    place.run("app list --config absent.toml").ends_with(2);
}

#[test]
fn every_fault_of_a_file_is_told_with_its_name() {
    let place = Place::new();
    place.write(
        "bad.toml",
        "top = 1\n[platform]\ndatta = \"x\"\nworkers = true\n[agent]\npovs = [[1]]\n[other]\n",
    );
    let run = place.run("app list --config bad.toml").ends_with(2);
    for name in [
        "top",
        "platform.datta",
        "platform.workers",
        "agent.povs",
        "other",
    ] {
        assert!(
            run.stderr.contains(&format!("    {name}: ")),
            "{name}: {run:#?}"
        );
    }
}

#[test]
fn a_secret_in_the_file_is_never_told_again() {
    let place = Place::new();
    for text in [
        "[caller]\nsecret = \"hush\"\n",
        "[caller]\nsecret = hush\n",
        "secret = \"hush\"\n",
        "[caller]\nsecret_file = { value = \"hush\" }\n",
        "[caller]\nsecret_file = \"hush\n",
    ] {
        place.write("bad.toml", text);
        let run = place.run("app list --config bad.toml").ends_with(2);
        assert!(!run.stderr.contains("hush"), "{run:#?}");
        assert!(run.stderr.contains("remedy"), "{run:#?}");
    }
}

#[test]
fn a_file_of_clinics_that_is_not_there_is_no_clinic() {
    let place = Place::new();
    place.write("secret", "x");
    for file in ["clinics.txt", "./clinics"] {
        let run = place
            .run(&format!(
                "sync --data agent --povs {file} --once --url http://127.0.0.1:9/router/rest \
                 --app-key 1 --secret-file secret"
            ))
            .ends_with(2);
        assert!(run.stderr.contains("there is no file"), "{run:#?}");
    }
}
