//! `call` and `pull`.

use clap::{Args, ValueEnum};

use super::FormatArgs;
use super::agent::{BudgetArgs, LedgerArgs};
use crate::config::{RawAgent, RawCaller, RawConfig, Setting};

/// Whom to call, and as whom.
#[derive(Debug, Args)]
pub(crate) struct CallerArgs {
    /// The gateway's address [env: POVLINE_URL]
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// The app's key [env: POVLINE_APP_KEY]
    #[arg(long, value_name = "KEY")]
    app_key: Option<String>,

    /// The file that holds the app's secret [env: POVLINE_SECRET_FILE, or the secret itself in
    /// POVLINE_SECRET]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<String>,

    /// How calls are signed: hmac-sha256, hmac or md5 [env: POVLINE_SIGN_METHOD] [default:
    /// hmac-sha256]
    #[arg(long, value_name = "METHOD")]
    sign_method: Option<String>,

    /// How long an answer may take [env: POVLINE_TIMEOUT_SECONDS] [default: 10]
    #[arg(long, value_name = "SECONDS")]
    timeout_seconds: Option<String>,
}

impl CallerArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            caller: RawCaller {
                url: Setting::flag(&self.url),
                app_key: Setting::flag(&self.app_key),
                secret_file: Setting::flag(&self.secret_file),
                sign_method: Setting::flag(&self.sign_method),
                wire_format: None,
                timeout_seconds: Setting::flag(&self.timeout_seconds),
            },
            ..RawConfig::default()
        }
    }
}

/// The format of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WireFormat {
    /// JSON
    Json,
    /// XML
    Xml,
}

impl WireFormat {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline call alibaba.health.vaccin.appointment.query \\\n    \
                  --url http://127.0.0.1:7001/router/rest --app-key 12345678 \\\n    \
                  --secret-file secret \\\n    \
                  param_query_pov_appointment_record_by_date_req='{\"day\":\"2026-11-24\",\"out_pov_id\":\"00001\"}'\n\n\
                  The answer goes to standard output, byte for byte; what was sent goes to \
                  standard error.\n\
                  The secret is never shown.")]
pub(crate) struct CallArgs {
    #[command(flatten)]
    pub(crate) caller: CallerArgs,

    /// The format of the answer [env: POVLINE_WIRE_FORMAT] [default: json]
    #[arg(long, value_enum)]
    format: Option<WireFormat>,

    /// Send it as GET, everything in the query
    #[arg(long)]
    pub(crate) get: bool,

    /// Print the URL, an empty line and the body instead of sending them; good for ten minutes
    #[arg(long)]
    pub(crate) print_request: bool,

    /// The API's name
    #[arg(value_name = "METHOD")]
    pub(crate) method: String,

    /// Parameters, as `name=value`
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) params: Vec<String>,
}

impl CallArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        let mut raw = self.caller.raw();
        raw.caller.wire_format = Setting::flag(&self.format.map(|format| format.word().to_owned()));
        raw
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline pull --url http://127.0.0.1:7001/router/rest --app-key 12345678 \\\n    \
                  --secret-file secret --pov 00001 --day 2026-11-24..2026-11-30 --names \\\n    \
                  --format csv > appointments.csv\n  \
                  povline pull --from-ledger --data ./agent --as-of \"2026-11-24 08:15\" \\\n    \
                  --pov 00001 --day 2026-11-24\n\n\
                  Rows go to standard output, a line of proof for each list to standard error. \
                  Ends with 5 if any list could not be read whole. Names are masked, and in the \
                  table pick codes too, unless --names.\n\n\
                  Where --data (or agent.data) names an agent's ledger, calls are counted there \
                  with those of `sync`, of the part of the day's calls that is kept for what \
                  people ask for.")]
pub(crate) struct PullArgs {
    #[command(flatten)]
    pub(crate) caller: CallerArgs,

    /// Clinics, by the ISV's codes, with commas between them; repeatable
    #[arg(long, value_name = "CODE", required = true, value_delimiter = ',')]
    pub(crate) pov: Vec<String>,

    /// A day, or the first and the last one: `2026-11-24..2026-11-30`
    #[arg(long, value_name = "DAY[..DAY]")]
    pub(crate) day: String,

    /// Take calls of the day that polls would have, once those kept for reading by hand are used
    /// up
    #[arg(long, conflicts_with = "from_ledger")]
    pub(crate) beyond_reserve: bool,

    /// The most calls in a second
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) calls_per_second: u32,

    #[command(flatten)]
    budget: BudgetArgs,

    /// Tell what the agent's copy has instead of calling
    #[arg(long, conflicts_with = "calls_per_day")]
    pub(crate) from_ledger: bool,

    /// Tell what the copy had at this instant of China's time: `2026-11-24 08:15`
    #[arg(long, value_name = "WHEN", requires = "from_ledger")]
    pub(crate) as_of: Option<String>,

    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,

    /// Show names whole, in the table pick codes too, and of the agent's copy what fields hold that
    /// the contract does not know
    #[arg(long)]
    pub(crate) names: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

impl PullArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            agent: RawAgent {
                calls_per_day: self.budget.calls_per_day(),
                ..self.ledger.raw().agent
            },
            ..self.caller.raw()
        }
    }

    /// Whether calls are to be counted.
    pub(crate) fn names_a_budget(&self) -> bool {
        self.budget.calls_per_day().is_some()
    }

    /// Whether a ledger is named that must be there.
    pub(crate) fn names_a_ledger(&self) -> bool {
        self.ledger.raw().agent.data.is_some()
    }
}
