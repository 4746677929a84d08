//! Request and response classes for users of the official SDKs.
//!
//! They are made from the methods' definitions, named and shaped as the SDKs' own generators name
//! and shape them, so that the contract's sample compiles as it stands. What they extend, the SDK's
//! public types, is the SDK's and not ours.

mod classes;
mod java;
mod model;
mod php;
mod usage;
mod zip;

use povline_protocol::api::ApiSpec;
use povline_protocol::catalogue::Bilingual;

pub use usage::{java_usage, python_usage};
pub use zip::archive;

/// A language for whose SDK there are classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// `com.taobao.api`
    Java,
    /// `Top.Api`
    DotNet,
    /// The PHP SDK, without namespaces.
    Php,
    /// `top.api`
    Python,
}

/// A file of classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkFile {
    /// Where it belongs below the SDK's root, with `/` between folders.
    pub path: String,
    /// What stands in it, UTF-8.
    pub text: String,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::Java, Self::DotNet, Self::Php, Self::Python];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Java => "JAVA",
            Self::DotNet => ".NET",
            Self::Php => "PHP",
            Self::Python => "Python",
        }
    }

    /// Its name in addresses and on the command line.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Java => "java",
            Self::DotNet => "dotnet",
            Self::Php => "php",
            Self::Python => "python",
        }
    }

    /// The language with this name in addresses.
    #[must_use]
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.slug() == slug)
    }

    /// Where the files are put.
    #[must_use]
    pub fn place(self) -> Bilingual {
        let (chinese, english) = match self {
            Self::Java => (
                "源代码根目录(com/taobao/api),以UTF-8编译",
                "the root of the sources (com/taobao/api); compile as UTF-8",
            ),
            Self::DotNet => ("工程的任意目录", "anywhere in the project"),
            Self::Php => (
                "SDK的top目录(request、domain);SDK的生成器不生成响应类,应答对象的成员见domain",
                "the SDK's folder top (request, domain); its generator makes no response classes, domain tells what stands in answers",
            ),
            Self::Python => (
                "任意目录,并把该目录加入PYTHONPATH,与SDK(topsdk)并列;SDK的生成器不生成响应类,应答为字典",
                "any folder that stands in PYTHONPATH, beside the SDK (topsdk); its generator makes no response classes, answers are dictionaries",
            ),
        };
        Bilingual { chinese, english }
    }
}

/// The classes of these methods, by path.
#[must_use]
pub fn files(language: Language, methods: &[&ApiSpec]) -> Vec<SdkFile> {
    let apis = methods.iter().map(|spec| model::Api::of(spec));
    let mut files: Vec<SdkFile> = match language {
        Language::Java => apis.flat_map(java::files).collect(),
        Language::DotNet => apis.flat_map(classes::dotnet).collect(),
        Language::Php => php::files(apis.collect()),
        Language::Python => classes::python(&apis.collect::<Vec<_>>()),
    };
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}
