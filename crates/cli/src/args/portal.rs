//! `portal`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline portal sdk --language java --out ./src/main/java\n\nThe \
                        portal itself is served by `povline serve --portal`."
)]
pub(crate) struct PortalArgs {
    #[command(subcommand)]
    pub(crate) command: PortalCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PortalCommand {
    /// Write the request and response classes for an official SDK 生成SDK类
    Sdk(PortalSdkArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline portal sdk --language java --out ./src/main/java\n\nFiles \
                        that are there are overwritten."
)]
pub(crate) struct PortalSdkArgs {
    /// For the SDK of which language
    #[arg(long, value_enum)]
    pub(crate) language: SdkLanguage,

    /// Where the files go; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// The language of an SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SdkLanguage {
    /// com.taobao.api
    Java,
    /// Top.Api
    Dotnet,
    /// The PHP SDK
    Php,
    /// top.api.rest
    Python,
}
