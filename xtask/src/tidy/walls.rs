//! The wall table of `ARCHITECTURE.md` against what cargo says.
//!
//! Both directions count: an edge that the table does not have is a breach, and a line of the
//! table that nothing stands behind any more is a lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

const HEADER: [&str; 4] = ["crate", "uses", "tests also use", "never"];
/// The word of a crate that may use all of ours, and need not.
const ANY: &str = "any";
const NONE: &str = "—";

/// Which crates of ours a crate may use.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Uses {
    Any,
    Exactly(BTreeSet<String>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Wall {
    uses: Uses,
    tests_also_use: Uses,
    never: BTreeSet<String>,
}

/// The wall table as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table(BTreeMap<String, Wall>);

impl Table {
    /// Reads the one table whose header is `crate | uses | tests also use | never`.
    ///
    /// # Errors
    /// If there is no such table, or more than one, or a line of it is malformed.
    pub fn parse(markdown: &str) -> Result<Self> {
        let lines: Vec<&str> = markdown.lines().collect();
        let headers: Vec<usize> = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| cells(line).is_some_and(|cells| cells == HEADER))
            .map(|(number, _)| number)
            .collect();
        let &[header] = headers.as_slice() else {
            bail!(
                "ARCHITECTURE.md must have one table of the columns {HEADER:?}, not {}",
                headers.len()
            );
        };
        let mut walls = BTreeMap::new();
        for line in lines.iter().skip(header + 2) {
            let Some(cells) = cells(line) else { break };
            let [name, uses, tests_also_use, never] = cells.as_slice() else {
                bail!("the wall table has a line without four columns: {line}");
            };
            let wall = Wall {
                uses: Uses::parse(uses)?,
                tests_also_use: Uses::parse(tests_also_use)?,
                never: names(never)?,
            };
            let name = code(name)?.to_owned();
            ensure!(
                walls.insert(name.clone(), wall).is_none(),
                "`{name}` stands twice in the wall table"
            );
        }
        ensure!(!walls.is_empty(), "the wall table has no lines");
        Ok(Self(walls))
    }
}

impl Uses {
    fn parse(cell: &str) -> Result<Self> {
        if cell == ANY {
            Ok(Self::Any)
        } else {
            names(cell).map(Self::Exactly)
        }
    }
}

/// The cells of a line of a markdown table, or `None` for any other line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.split('|').map(str::trim).collect())
}

fn names(cell: &str) -> Result<BTreeSet<String>> {
    if cell == NONE {
        return Ok(BTreeSet::new());
    }
    cell.split(',')
        .map(|name| code(name.trim()).map(str::to_owned))
        .collect()
}

/// What stands between a pair of backticks.
fn code(text: &str) -> Result<&str> {
    text.strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'))
        .filter(|name| !name.is_empty() && !name.contains('`'))
        .with_context(|| format!("{text:?} is no `name`, {ANY} or {NONE}"))
}

/// A crate of ours as cargo knows it.
#[derive(Debug, Default)]
struct Member {
    uses: BTreeSet<String>,
    tests_use: BTreeSet<String>,
    /// Third-party crates that it reaches by itself or through other third-party crates, each with
    /// the crate that brings it in. What it reaches through a crate of ours is that crate's matter.
    reaches: BTreeMap<String, String>,
}

/// The crates of the workspace, each under the name of its folder.
#[derive(Debug, Default)]
pub struct Graph(BTreeMap<String, Member>);

impl Graph {
    /// Reads what `cargo metadata` prints.
    ///
    /// # Errors
    /// If it is not that.
    pub fn parse(metadata: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(metadata).context("cargo metadata")?;
        let packages = list(&metadata["packages"])?;
        let names_by_id: BTreeMap<&str, &str> = packages
            .iter()
            .map(|package| Ok((text(&package["id"])?, text(&package["name"])?)))
            .collect::<Result<_>>()?;
        let members = list(&metadata["workspace_members"])?
            .iter()
            .map(|id| {
                let id = text(id)?;
                let package = packages
                    .iter()
                    .find(|package| package["id"] == id)
                    .with_context(|| format!("{id} is no package"))?;
                Ok((id, folder(text(&package["manifest_path"])?)?))
            })
            .collect::<Result<BTreeMap<&str, String>>>()?;
        let needs = list(&metadata["resolve"]["nodes"])?
            .iter()
            .map(|node| Ok((text(&node["id"])?, Needs::of(node)?)))
            .collect::<Result<BTreeMap<&str, Needs>>>()?;

        let mut graph = BTreeMap::new();
        for (id, name) in &members {
            let own = needs.get(id).with_context(|| format!("{id} is no node"))?;
            let ours = |ids: &[&str]| {
                ids.iter()
                    .filter_map(|id| members.get(id).cloned())
                    .filter(|used| used != name)
                    .collect::<BTreeSet<String>>()
            };
            let member = Member {
                uses: ours(&own.always),
                tests_use: ours(&own.in_tests),
                reaches: reaches(own, &needs, &members, &names_by_id),
            };
            graph.insert(name.clone(), member);
        }
        Ok(Self(graph))
    }
}

/// What a package needs, by package id.
struct Needs<'a> {
    always: Vec<&'a str>,
    in_tests: Vec<&'a str>,
}

impl<'a> Needs<'a> {
    fn of(node: &'a Value) -> Result<Self> {
        let (mut always, mut in_tests) = (Vec::new(), Vec::new());
        for need in list(&node["deps"])? {
            let id = text(&need["pkg"])?;
            for kind in list(&need["dep_kinds"])? {
                match kind["kind"].as_str() {
                    Some("dev") => in_tests.push(id),
                    _ => always.push(id),
                }
            }
        }
        Ok(Self { always, in_tests })
    }
}

fn reaches(
    own: &Needs<'_>,
    needs: &BTreeMap<&str, Needs<'_>>,
    members: &BTreeMap<&str, String>,
    names_by_id: &BTreeMap<&str, &str>,
) -> BTreeMap<String, String> {
    let name = |id: &str| names_by_id.get(id).copied().unwrap_or(id).to_owned();
    let mut reached = BTreeMap::new();
    let mut ahead: Vec<(&str, String)> = own
        .always
        .iter()
        .map(|id| (*id, "itself".to_owned()))
        .collect();
    while let Some((id, through)) = ahead.pop() {
        if members.contains_key(id) || reached.contains_key(&name(id)) {
            continue;
        }
        reached.insert(name(id), through);
        for next in needs.get(id).map_or(&[][..], |needs| &needs.always) {
            ahead.push((next, name(id)));
        }
    }
    reached
}

/// Where table and graph differ, each in a sentence that says what to do.
#[must_use]
pub fn differences(table: &Table, graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for name in graph.0.keys() {
        if !table.0.contains_key(name) {
            found.push(format!(
                "`{name}` is missing from the wall table of ARCHITECTURE.md"
            ));
        }
    }
    for (name, wall) in &table.0 {
        let Some(member) = graph.0.get(name) else {
            found.push(format!(
                "the wall table of ARCHITECTURE.md speaks of `{name}`, which is no crate"
            ));
            continue;
        };
        compare(&mut found, name, "uses", &wall.uses, &member.uses);
        let in_tests_only = &member.tests_use - &member.uses;
        compare(
            &mut found,
            name,
            "tests also use",
            &wall.tests_also_use,
            &in_tests_only,
        );
        for banned in &wall.never {
            if let Some(through) = member.reaches.get(banned) {
                found.push(format!(
                    "`{name}` must never use `{banned}`, but gets it by {through}"
                ));
            }
        }
    }
    found
}

fn compare(
    found: &mut Vec<String>,
    name: &str,
    column: &str,
    allowed: &Uses,
    actual: &BTreeSet<String>,
) {
    let Uses::Exactly(allowed) = allowed else {
        return;
    };
    for breach in actual - allowed {
        found.push(format!(
            "`{name}` may not use `{breach}`: the wall table of ARCHITECTURE.md does not have it under \"{column}\""
        ));
    }
    for stale in allowed - actual {
        found.push(format!(
            "the wall table of ARCHITECTURE.md has `{stale}` for `{name}` under \"{column}\", which is no longer so: take it out"
        ));
    }
}

fn folder(manifest: &str) -> Result<String> {
    Path::new(manifest)
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned())
        .with_context(|| format!("{manifest} stands in no folder"))
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().context("cargo metadata lacks a list")
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("cargo metadata lacks a text")
}
