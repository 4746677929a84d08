//! Tokens and devices.

use std::io::Write as _;

use povline_clinic::{SecretKind, pairing_code, pairing_digest};
use povline_domain::{Clock as _, OutPovId, UnixMillis};
use povline_store::ledger::{Desk, Pairing};

use super::{pov, unreadable, unwritable};
use crate::args::{PairArgs, TokenArgs};
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::random;

/// How long a pairing code is good.
const CODE_GOOD_MS: i64 = 10 * 60 * 1_000;

const TOKEN_COLUMNS: &[Column] = &[
    Column::new("number", "Number 编号"),
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("label", "For 用途"),
    Column::new("made_at", "Made 创建于"),
];

const DEVICE_COLUMNS: &[Column] = &[
    Column::new("number", "Number 编号"),
    Column::new("name", "Name 名称"),
    Column::new("is_screen", "Screen 公共屏"),
    Column::new("paired_at", "Paired 配对于"),
];

/// Makes a token and tells it, once.
#[expect(
    clippy::print_stderr,
    reason = "the token alone goes to standard output"
)]
pub(super) async fn token<L: Desk>(ledger: &L, args: &TokenArgs) -> CliResult<()> {
    let of = args.pov.as_deref().map(pov).transpose()?;
    let label = label(&args.label, "--label")?;
    let kind = match of {
        Some(_) => SecretKind::Clinic,
        None => SecretKind::Fleet,
    };
    let text = kind.text(random::bytes()?);
    let digest = kind.digest(&text).ok_or_else(|| {
        CliError::new(
            Exit::Failed,
            "cannot make a token that is told apart from others",
        )
    })?;
    ledger
        .add_token(digest, of, label, SystemClock.now())
        .await
        .map_err(unwritable)?;
    eprintln!("keep it now: it is not told again 请立即保存,不会再次显示");
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Lists the tokens, without what they are.
pub(super) fn tokens<L: Desk>(ledger: &L, format: Format) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, TOKEN_COLUMNS);
    for token in ledger.tokens().map_err(unreadable)? {
        rows.row(&[
            Cell::text(token.number.to_string()),
            Cell::text(token.pov.as_ref().map_or("*", OutPovId::as_str)),
            Cell::text(token.label),
            instant(token.made_at),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

/// Takes a token back.
pub(super) async fn revoke<L: Desk>(ledger: &L, number: i64) -> CliResult<()> {
    match ledger.revoke_token(number).await.map_err(unwritable)? {
        true => Ok(()),
        false => Err(
            CliError::new(Exit::Failed, format!("there is no token {number}"))
                .remedy("look at `povline clinic tokens`"),
        ),
    }
}

/// Makes a code for pairing and tells it.
#[expect(
    clippy::print_stderr,
    reason = "the code alone goes to standard output"
)]
pub(super) async fn pair<L: Desk>(ledger: &L, args: &PairArgs) -> CliResult<()> {
    let code = pairing_code(random::bytes()?);
    let pairing = Pairing {
        digest: pairing_digest(&code),
        pov: pov(&args.pov)?,
        label: label(&args.name, "--name")?,
        is_screen: args.screen,
        expires_at: SystemClock.now().plus_millis(CODE_GOOD_MS),
    };
    ledger.add_pairing(pairing).await.map_err(unwritable)?;
    eprintln!("type it at /pair within 10 minutes 请在 10 分钟内于 /pair 输入");
    writeln!(std::io::stdout().lock(), "{code}")?;
    Ok(())
}

/// Lists a clinic's devices.
pub(super) fn devices<L: Desk>(ledger: &L, pov: &OutPovId, format: Format) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, DEVICE_COLUMNS);
    for device in ledger.devices(pov).map_err(unreadable)? {
        rows.row(&[
            Cell::text(device.number.to_string()),
            Cell::text(device.label),
            Cell::text(match device.is_screen {
                true => "yes",
                false => "no",
            }),
            instant(device.paired_at),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

/// Takes a device's right back.
pub(super) async fn unpair<L: Desk>(ledger: &L, number: i64) -> CliResult<()> {
    match ledger.remove_device(number).await.map_err(unwritable)? {
        true => Ok(()),
        false => Err(
            CliError::new(Exit::Failed, format!("there is no device {number}"))
                .remedy("look at `povline clinic devices POV`"),
        ),
    }
}

/// A short text that people read.
pub(super) fn label(text: &str, flag: &str) -> CliResult<String> {
    /// The longest, in characters.
    const CHARACTERS_MAX: usize = 40;
    let text = text.trim();
    let is_sound =
        (1..=CHARACTERS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    match is_sound {
        true => Ok(text.to_owned()),
        false => Err(CliError::new(
            Exit::Usage,
            format!("{flag}: must be 1 to {CHARACTERS_MAX} characters on one line"),
        )
        .remedy("write a shorter text")),
    }
}

fn instant(at: UnixMillis) -> Cell {
    Cell::text(at.to_string())
}
