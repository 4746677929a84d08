//! What the samples in seven languages are run with, and the servers that tests start: looked for,
//! installed from Debian's packages, or named.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::commands::{output, run, succeeds};

/// A toolchain, how to see that it works, and where it comes from.
struct Toolchain {
    /// What it is for, in words.
    purpose: &'static str,
    /// Commands that all end well where it is whole.
    checks: &'static [&'static [&'static str]],
    /// Debian's packages that hold it.
    packages: &'static [&'static str],
}

const TOOLCHAINS: &[Toolchain] = &[
    Toolchain {
        purpose: "the sink `nats`: a server with JetStream",
        checks: &[&["nats-server", "--version"]],
        packages: &["nats-server"],
    },
    Toolchain {
        purpose: "JAVA: the sample and the SDK classes",
        checks: &[&["java", "-version"], &["javac", "-version"]],
        packages: &["default-jdk-headless"],
    },
    Toolchain {
        purpose: ".NET: the sample and the SDK classes",
        checks: &[
            &["mono", "--version"],
            &[
                "sh",
                "-c",
                "folder=$(mktemp -d) && echo 'class A {}' > $folder/a.cs && mcs -target:library \
                 -r:System.Net.Http -out:$folder/a.dll $folder/a.cs; ended=$?; rm -r $folder; exit $ended",
            ],
        ],
        packages: &[
            "mono-mcs",
            "mono-runtime",
            "libmono-system-net-http4.0-cil",
            "libmono-system-xml4.0-cil",
        ],
    },
    Toolchain {
        purpose: "PHP: the sample and the SDK classes",
        checks: &[&["php", "-r", "exit(function_exists('curl_init') ? 0 : 1);"]],
        packages: &["php-cli", "php-curl"],
    },
    Toolchain {
        purpose: "CURL: the sample",
        checks: &[
            &["bash", "--version"],
            &["curl", "--version"],
            &["openssl", "version"],
        ],
        packages: &["bash", "curl", "openssl"],
    },
    Toolchain {
        purpose: "Python: the sample, and an environment for topsdk",
        checks: &[&["python3", "-c", "import ensurepip, venv"]],
        packages: &["python3", "python3-venv"],
    },
    Toolchain {
        purpose: "C/C++: the sample, with libcurl and OpenSSL",
        checks: &[
            &[
                "cc",
                "-fsyntax-only",
                "-include",
                "curl/curl.h",
                "-include",
                "openssl/hmac.h",
                "-x",
                "c",
                "/dev/null",
            ],
            &["g++", "--version"],
        ],
        packages: &["gcc", "g++", "libcurl4-openssl-dev", "libssl-dev"],
    },
    Toolchain {
        purpose: "NodeJS: the sample, which needs version 18 or newer",
        checks: &[&[
            "node",
            "-e",
            "process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)",
        ]],
        packages: &["nodejs"],
    },
];

/// Looks for every toolchain and installs what is missing, where that is possible.
///
/// # Errors
/// If one is missing and this is not root on Debian, or installing it did not help.
pub(crate) fn check() -> Result<()> {
    let missing: Vec<&Toolchain> = TOOLCHAINS.iter().filter(|one| !one.works()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for one in &missing {
        println!("missing, for {}: {}", one.purpose, one.packages.join(" "));
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|one| one.packages.iter().copied())
        .collect();
    let by_hand = format!("apt-get install -y {}", packages.join(" "));
    if !may_install() {
        bail!("not everything can be tested; on Debian, as root: `{by_hand}`");
    }
    println!("installing them from Debian's packages, which takes some minutes");
    run(Command::new("apt-get").args(["-q", "update"]))?;
    let mut install = Command::new("apt-get");
    install
        .args(["-q", "install", "-y", "--no-install-recommends"])
        .args(&packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    run(&mut install)
        .with_context(|| format!("cannot install what the tests need: `{by_hand}`"))?;
    match missing.iter().find(|one| !one.works()) {
        Some(one) => bail!(
            "{} does not work although {} was installed",
            one.purpose,
            one.packages.join(" ")
        ),
        None => Ok(()),
    }
}

impl Toolchain {
    fn works(&self) -> bool {
        self.checks.iter().all(|check| {
            let [program, arguments @ ..] = check else {
                return false;
            };
            succeeds(Command::new(program).args(arguments))
        })
    }
}

/// Whether this is root on a system with apt.
fn may_install() -> bool {
    let user = output(Command::new("id").arg("-u"));
    user.is_ok_and(|user| user.trim() == "0") && succeeds(Command::new("apt-get").arg("--version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_toolchain_can_be_looked_for_and_installed() {
        for one in TOOLCHAINS {
            assert!(!one.checks.is_empty() && !one.packages.is_empty());
            assert!(one.checks.iter().all(|check| !check.is_empty()));
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_missing() {
        let nothing = Toolchain {
            purpose: "nothing",
            checks: &[&["true"], &["no-such-program-anywhere"]],
            packages: &["nothing"],
        };
        assert!(!nothing.works());
    }
}
