//! The seven languages, in the contract's order and under its names.

use povline_protocol::catalogue::Bilingual;

/// A language in which samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Java 11 or newer, its standard library alone.
    Java,
    /// C#, on Mono or .NET, the standard library alone. The tests run it on Mono.
    DotNet,
    /// PHP 7.4 or newer with its extension curl.
    Php,
    /// bash with the programs curl and openssl.
    Curl,
    /// Python 3.7 or newer, its standard library alone.
    Python,
    /// C that is C++ too, with libcurl and OpenSSL.
    C,
    /// Node.js 18 or newer, nothing installed.
    NodeJs,
}

impl Language {
    /// Every language, in the contract's order.
    pub const ALL: [Self; 7] = [
        Self::Java,
        Self::DotNet,
        Self::Php,
        Self::Curl,
        Self::Python,
        Self::C,
        Self::NodeJs,
    ];

    /// The name by which the contract calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Java => "JAVA",
            Self::DotNet => ".NET",
            Self::Php => "PHP",
            Self::Curl => "CURL",
            Self::Python => "Python",
            Self::C => "C/C++",
            Self::NodeJs => "NodeJS",
        }
    }

    /// Its name in addresses: lower-case letters alone.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Java => "java",
            Self::DotNet => "dotnet",
            Self::Php => "php",
            Self::Curl => "curl",
            Self::Python => "python",
            Self::C => "c",
            Self::NodeJs => "nodejs",
        }
    }

    /// The language with this name in addresses.
    #[must_use]
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.slug() == slug)
    }

    /// The name under which the program must be kept.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Java => "Call.java",
            Self::DotNet => "Call.cs",
            Self::Php => "call.php",
            Self::Curl => "call.sh",
            Self::Python => "call.py",
            Self::C => "call.c",
            Self::NodeJs => "call.js",
        }
    }

    /// How it is run, once the secret is in the environment.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Java => "java Call.java",
            Self::DotNet => "mcs -r:System.Net.Http Call.cs && mono Call.exe",
            Self::Php => "php call.php",
            Self::Curl => "bash call.sh",
            Self::Python => "python3 call.py",
            Self::C => "cc call.c -o call -lcurl -lcrypto && ./call",
            Self::NodeJs => "node call.js",
        }
    }

    /// What must be installed.
    #[must_use]
    pub fn needs(self) -> Bilingual {
        let (chinese, english) = match self {
            Self::Java => (
                "Java 11或更新版本,无需其他库",
                "Java 11 or newer, no library",
            ),
            Self::DotNet => (
                "命令适用于Mono 6;在.NET 6或更新版本上,作为控制台工程(dotnet new console)的Program.cs。无需其他库",
                "The command is for Mono 6; on .NET 6 or newer this is Program.cs of a console project (dotnet new console). No library",
            ),
            Self::Php => ("PHP 7.4或更新版本及curl扩展", "PHP 7.4 or newer with curl"),
            Self::Curl => ("bash、curl、openssl", "bash, curl, openssl"),
            Self::Python => (
                "Python 3.7或更新版本,无需其他库",
                "Python 3.7 or newer, no package",
            ),
            Self::C => (
                "C或C++编译器、libcurl、OpenSSL",
                "a C or C++ compiler, libcurl, OpenSSL",
            ),
            Self::NodeJs => (
                "Node.js 18或更新版本,无需其他包",
                "Node.js 18 or newer, no package",
            ),
        };
        Bilingual { chinese, english }
    }
}
