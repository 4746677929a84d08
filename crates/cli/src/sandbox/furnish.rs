//! Puts clinics, appointments and a first app into a sandbox.

use std::path::{Path, PathBuf};

use povline_domain::{Clock as _, Day, IsvId, OutPovId};
use povline_store::book::{Book, Grant, Limits, PovRecord, Register, Sandbox};

use super::seed::{CLINICS, appointments};
use crate::app;
use crate::clock::{SystemClock, actor};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// The ISV that a new sandbox has, and its app.
const FIRST_ISV: &str = "sandbox";

/// The file in the sandbox's directory that tells the first app's key and secret.
const APP_FILE: &str = "sandbox-app.json";

fn failed(error: povline_store::StoreError) -> CliError {
    CliError::store("cannot furnish the sandbox", &error)
}

/// Makes a sandbox ready to be called: a new one gets an app, which is told in a file, and every
/// ISV whose clinics have nothing today gets appointments around today. It gives back that file.
#[expect(
    clippy::print_stderr,
    reason = "where the sandbox's key lies goes to standard error"
)]
pub(crate) async fn open<B: Book + Limits + Register + Sandbox>(
    book: &B,
    directory: &Path,
) -> CliResult<PathBuf> {
    let file = directory.join(APP_FILE);
    let access = book.access().await.map_err(failed)?;
    if access.apps.is_empty() {
        let actor = actor("serve --sandbox");
        let isv = book.ensure_isv(&actor, FIRST_ISV).await.map_err(failed)?;
        furnish(book, isv).await?;
        let (key, secret) = app::make(book, &actor, isv, FIRST_ISV).await?;
        let all = Grant::Prefix(String::new());
        // A sandbox is for trying: writing too.
        book.grant_writing(&actor, &key, &all)
            .await
            .map_err(failed)?;
        let document = serde_json::json!({ "app_key": key.as_str(), "secret": secret.0 });
        write_private(&file, &document.to_string())?;
    } else {
        let mut isvs: Vec<IsvId> = access.apps.iter().map(|app| app.isv).collect();
        isvs.sort_unstable();
        isvs.dedup();
        for isv in isvs {
            furnish(book, isv).await?;
        }
    }
    eprintln!(
        "sandbox 沙箱: synthetic clinics 合成接种点 {}; key and secret 密钥: {}",
        CLINICS.map(|(code, ..)| code).join(" "),
        file.display()
    );
    Ok(file)
}

/// Makes the clinics of an ISV that are missing. If none of them has an appointment today, all
/// begin anew.
pub(crate) async fn furnish<B: Book + Sandbox>(book: &B, isv: IsvId) -> CliResult<()> {
    let actor = actor("sandbox");
    let today = Day::at(SystemClock.now());
    let mut rows_today = 0_u64;
    for (code, name, _) in CLINICS {
        let code = OutPovId::new(code).map_err(|error| {
            CliError::new(Exit::Failed, "cannot furnish the sandbox").caused_by(&error)
        })?;
        let pov = book
            .ensure_pov(&actor, isv, &code, Some(name))
            .await
            .map_err(failed)?;
        book.read_rows(pov, today, |_| rows_today += 1)
            .await
            .map_err(failed)?;
    }
    if rows_today > 0 {
        return Ok(());
    }
    let access = book.access().await.map_err(failed)?;
    let povs: Vec<PovRecord> = access
        .povs
        .into_iter()
        .filter(|pov| pov.isv == isv)
        .collect();
    let writes = appointments(isv, &povs, today);
    book.reset_isv(&actor, isv, writes).await.map_err(failed)?;
    Ok(())
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> CliResult<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot write {}", path.display()))
                .caused_by(&error)
                .remedy("look at the rights of the sandbox's directory")
        })
}
