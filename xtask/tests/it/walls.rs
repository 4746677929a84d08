//! The wall table: it holds, and every way to break it is found.

use serde_json::{Value, json};
use xtask::commands::workspace_root;
use xtask::tidy;
use xtask::tidy::walls::{Graph, Table, differences};

const TABLE: &str = "\
Some text.

| crate | uses | tests also use | never |
|---|---|---|---|
| `domain` | — | — | `serde`, `tokio` |
| `store` | `domain` | — | `hyper` |
| `cli` | any | any | — |

| crate | what |
|---|---|
| `domain` | words |
";

/// `(crate of ours, [(what it needs, kind)])`; every other name is a third-party crate.
type Needs<'a> = &'a [(&'a str, &'a [(&'a str, Option<&'a str>)])];

const AS_WRITTEN: Needs<'static> = &[
    ("domain", &[("jiff", None), ("tokio", Some("dev"))]),
    ("store", &[("domain", None), ("tokio", None)]),
    ("cli", &[("domain", None), ("store", None), ("hyper", None)]),
    ("jiff", &[]),
    ("tokio", &[("serde", Some("dev"))]),
    ("hyper", &[("tokio", None)]),
    ("serde", &[]),
];

const OURS: [&str; 4] = ["domain", "store", "cli", "extra"];

fn metadata(needs: Needs<'_>) -> String {
    let packages: Vec<Value> = needs
        .iter()
        .map(|(name, _)| {
            json!({"id": name, "name": name, "manifest_path": format!("/x/crates/{name}/Cargo.toml")})
        })
        .collect();
    let nodes: Vec<Value> = needs
        .iter()
        .map(|(name, needs)| {
            let deps: Vec<Value> = needs
                .iter()
                .map(|(need, kind)| json!({"pkg": need, "dep_kinds": [{"kind": kind}]}))
                .collect();
            json!({"id": name, "deps": deps})
        })
        .collect();
    let members: Vec<&str> = needs
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| OURS.contains(name))
        .collect();
    json!({"packages": packages, "workspace_members": members, "resolve": {"nodes": nodes}})
        .to_string()
}

/// The graph as written, with the needs of one crate replaced.
fn check(changed: &str, by: &'static [(&'static str, Option<&'static str>)]) -> Vec<String> {
    let mut needs = AS_WRITTEN.to_vec();
    needs.retain(|(name, _)| *name != changed);
    needs.push((changed, by));
    let graph = Graph::parse(&metadata(&needs)).unwrap();
    differences(&Table::parse(TABLE).unwrap(), &graph)
}

#[track_caller]
fn one_fault(found: &[String], words: &[&str]) {
    assert_eq!(found.len(), 1, "{found:?}");
    for word in words {
        assert!(found[0].contains(word), "{word} in {found:?}");
    }
}

#[test]
fn the_workspace_is_tidy() {
    let faults = tidy::faults(&workspace_root()).unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_graph_as_written_has_no_differences() {
    let graph = Graph::parse(&metadata(AS_WRITTEN)).unwrap();
    assert_eq!(
        differences(&Table::parse(TABLE).unwrap(), &graph),
        Vec::<String>::new()
    );
}

#[test]
fn an_edge_that_the_table_lacks_is_a_breach() {
    let found = check("domain", &[("store", None)]);
    one_fault(&found, &["`domain`", "`store`", "\"uses\""]);
    let found = check("domain", &[("store", Some("build"))]);
    one_fault(&found, &["`domain`", "`store`", "\"uses\""]);
    let found = check("domain", &[("store", Some("dev"))]);
    one_fault(&found, &["`domain`", "`store`", "\"tests also use\""]);
}

#[test]
fn a_line_that_nothing_stands_behind_is_found() {
    one_fault(
        &check("store", &[]),
        &["`domain`", "`store`", "take it out"],
    );
}

#[test]
fn a_crate_without_a_line_and_a_line_without_a_crate_are_found() {
    one_fault(&check("extra", &[]), &["`extra`", "missing"]);
    let without_store: Vec<_> = AS_WRITTEN
        .iter()
        .copied()
        .filter(|(name, _)| *name != "store")
        .collect();
    let graph = Graph::parse(&metadata(&without_store)).unwrap();
    let found = differences(&Table::parse(TABLE).unwrap(), &graph);
    one_fault(&found, &["`store`", "no crate"]);
}

#[test]
fn a_banned_crate_is_found_directly_and_through_others() {
    one_fault(&check("domain", &[("serde", None)]), &["`serde`", "itself"]);
    one_fault(
        &check("jiff", &[("serde", None)]),
        &["`domain`", "`serde`", "jiff"],
    );
    // What a crate of ours brings in is judged by that crate's own line.
    assert_eq!(check("cli", &[("store", None)]), Vec::<String>::new());
}

#[test]
fn a_table_that_cannot_be_read_is_an_error() {
    assert!(Table::parse("no table").is_err());
    assert!(Table::parse(&format!("{TABLE}\n{TABLE}")).is_err());
    let header = "| crate | uses | tests also use | never |\n|---|---|---|---|\n";
    for line in [
        "",
        "| domain | — | — | — |\n",
        "| `a` | — | — |\n",
        "| `a` |  | — | — |\n",
    ] {
        assert!(
            Table::parse(&format!("{header}{line}")).is_err(),
            "{line:?}"
        );
    }
}
