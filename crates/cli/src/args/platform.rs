//! `serve` and `import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::{RawConfig, RawPlatform, Setting};

/// Where the platform's book lies.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The directory of the platform's book; made if it is not there [env: POVLINE_PLATFORM_DATA]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
}

impl DataArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            platform: RawPlatform {
                data: Setting::flag(&self.data),
                ..RawPlatform::default()
            },
            ..RawConfig::default()
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline serve --data ./platform --listen 127.0.0.1:7001 --admin \
                  127.0.0.1:7002\n  \
                  povline serve --data ./platform --listen 0.0.0.0:443 \\\n    \
                  --tls-certificate cert.pem --tls-key key.pem\n  \
                  povline serve --sandbox --data ./sandbox --portal 127.0.0.1:7003\n\n\
                  Stops on Ctrl-C or SIGTERM, once running calls are answered.")]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The address of /router/rest [env: POVLINE_LISTEN] [default: 127.0.0.1:7001]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,

    /// The address of /health, /ready, /metrics and /log [env: POVLINE_ADMIN] [default: 127.0.0.1:7002]
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,

    /// The address of the developer portal: documentation, samples, SDK classes [env:
    /// POVLINE_PORTAL] [default: none, no portal]
    #[arg(long, value_name = "ADDR")]
    portal: Option<String>,

    /// How callers reach /router/rest, as the portal tells them, such as `https://top.example.com`
    /// [env: POVLINE_PUBLIC_URL] [default: the address of --listen]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,

    /// How readers reach the portal, such as `https://portal.example.com`; with https its cookies
    /// are sent over TLS alone [env: POVLINE_PORTAL_URL] [default: the address of --portal]
    #[arg(long, value_name = "URL")]
    portal_url: Option<String>,

    /// In a sandbox, the users of ISVs beyond which nobody may make an account at the portal by
    /// themselves; 0 for no sign-up [env: POVLINE_SIGN_UPS] [default: 200]
    #[arg(long, value_name = "USERS")]
    sign_ups: Option<String>,

    /// The memory for day sheets, in MiB [env: POVLINE_SHEETS_MEBIBYTES] [default: 256]
    #[arg(long, value_name = "MIB")]
    sheets_mebibytes: Option<String>,

    /// The number of worker threads [env: POVLINE_WORKERS] [default: one for each core]
    #[arg(long, value_name = "N")]
    workers: Option<String>,

    /// The certificate for https, PEM, with its chain; read again on SIGHUP and when it changes
    /// [env: POVLINE_TLS_CERTIFICATE] [default: none, plain http]
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<String>,

    /// The certificate's private key, PEM [env: POVLINE_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,

    /// The proxies whose X-Forwarded-For is believed: addresses or ranges with commas between them
    /// [env: POVLINE_TRUSTED_PROXIES] [default: none]
    #[arg(long, value_name = "ADDRS")]
    trusted_proxies: Option<String>,

    /// The connections that one address may have open, unless it is one of those proxies [env:
    /// POVLINE_CONNECTIONS_PER_ADDRESS] [default: 1024]
    #[arg(long, value_name = "N")]
    connections_per_address: Option<String>,

    /// The methods whose calls must carry a session of their app, with commas between them [env:
    /// POVLINE_SESSION_METHODS] [default: none]
    #[arg(long, value_name = "METHODS")]
    session_methods: Option<String>,

    /// Calls of one app within any one second; 0 for no limit [env: POVLINE_APP_CALLS_PER_SECOND]
    /// [default: 0]
    #[arg(long, value_name = "CALLS")]
    app_calls_per_second: Option<String>,

    /// Calls of one app on one day; 0 for no limit [env: POVLINE_APP_CALLS_PER_DAY] [default:
    /// 1000000, in a sandbox 0]
    #[arg(long, value_name = "CALLS")]
    app_calls_per_day: Option<String>,

    /// One app's calls of one method within any one second [env: POVLINE_METHOD_CALLS_PER_SECOND]
    /// [default: 0]
    #[arg(long, value_name = "CALLS")]
    method_calls_per_second: Option<String>,

    /// One app's calls of one method on one day [env: POVLINE_METHOD_CALLS_PER_DAY] [default: 0]
    #[arg(long, value_name = "CALLS")]
    method_calls_per_day: Option<String>,

    /// Serve synthetic clinics to whoever builds a client; the book is a sandbox's for good
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// The most that the request log keeps, in MiB; 0 for no log [env: POVLINE_LOG_MEBIBYTES]
    /// [default: 256]
    #[arg(long, value_name = "MIB")]
    log_mebibytes: Option<String>,

    /// The days that it keeps [env: POVLINE_LOG_DAYS] [default: 30]
    #[arg(long, value_name = "DAYS")]
    log_days: Option<String>,
}

impl ServeArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        let mut raw = self.data.raw();
        raw.platform.listen = Setting::flag(&self.listen);
        raw.platform.admin = Setting::flag(&self.admin);
        raw.platform.portal = Setting::flag(&self.portal);
        raw.platform.public_url = Setting::flag(&self.public_url);
        raw.platform.portal_url = Setting::flag(&self.portal_url);
        raw.platform.sign_ups = Setting::flag(&self.sign_ups);
        raw.platform.sheets_mebibytes = Setting::flag(&self.sheets_mebibytes);
        raw.platform.workers = Setting::flag(&self.workers);
        raw.platform.tls_certificate = Setting::flag(&self.tls_certificate);
        raw.platform.tls_key = Setting::flag(&self.tls_key);
        raw.platform.trusted_proxies = Setting::flag(&self.trusted_proxies);
        raw.platform.connections_per_address = Setting::flag(&self.connections_per_address);
        raw.platform.session_methods = Setting::flag(&self.session_methods);
        raw.platform.app_calls_per_second = Setting::flag(&self.app_calls_per_second);
        raw.platform.app_calls_per_day = Setting::flag(&self.app_calls_per_day);
        raw.platform.method_calls_per_second = Setting::flag(&self.method_calls_per_second);
        raw.platform.method_calls_per_day = Setting::flag(&self.method_calls_per_day);
        raw.platform.log_mebibytes = Setting::flag(&self.log_mebibytes);
        raw.platform.log_days = Setting::flag(&self.log_days);
        raw
    }
}

/// The format of an imported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Comma-separated, with a header of the contract's field names
    Csv,
    /// One JSON object on each line, with the contract's field names
    Ndjson,
}

/// The encoding of an imported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encoding {
    /// UTF-8, with or without a byte order mark
    Utf8,
    /// GB18030, which holds GBK and GB2312
    Gb18030,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline import --data ./platform --isv \"My company\" \\\n    \
                  --create-povs appointments.csv\n\n\
                  The fields are the contract's, in any order:\n  \
                  appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n  \
                  P0001,00001,2026-11-24,08:00-08:30,100001,1,测试\n\
                  pick_status: 0 = number taken 已取号, 1 = not taken 未取号.\n\n\
                  A row whose appointment_id is known is updated; the same file again changes \
                  nothing.\n\
                  All rows of all files are taken, or none if any is refused, unless --keep-good.")]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The ISV whose clinics these are; made if it is not there
    #[arg(long, value_name = "NAME")]
    pub(crate) isv: String,

    /// Make clinics that the ISV does not have yet
    #[arg(long)]
    pub(crate) create_povs: bool,

    /// Keep the good rows even if others are refused
    #[arg(long)]
    pub(crate) keep_good: bool,

    /// The files' encoding [default: told from each file]
    #[arg(long, value_enum)]
    pub(crate) encoding: Option<Encoding>,

    /// The files' format [default: told from each file's name or first character]
    #[arg(long, value_enum)]
    pub(crate) input_format: Option<InputFormat>,

    /// How many refusals are listed; the others are only counted
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) refusals: usize,

    #[command(flatten)]
    pub(crate) output: super::FormatArgs,

    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}
