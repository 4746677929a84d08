//! `clinic`: who may look and act at the clinics' desks. And what `sync` and `demo` serve there.

mod access;
mod serve;
mod staff;
mod sync_desk;

pub(crate) use serve::{Desk as ServedDesk, start};
pub(crate) use sync_desk::serve;

use povline_domain::OutPovId;
use povline_store::ledger::Desk;

use crate::args::{ClinicCommand, StaffCommand};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Does what was asked.
pub(crate) async fn run<L: Desk>(ledger: &L, command: &ClinicCommand) -> CliResult<()> {
    match command {
        ClinicCommand::Token(args) => access::token(ledger, args).await,
        ClinicCommand::Tokens(args) => access::tokens(ledger, args.output.format),
        ClinicCommand::Revoke(args) => access::revoke(ledger, args.number).await,
        ClinicCommand::Pair(args) => access::pair(ledger, args).await,
        ClinicCommand::Devices(args) => {
            access::devices(ledger, &pov(&args.pov)?, args.output.format)
        }
        ClinicCommand::Unpair(args) => access::unpair(ledger, args.number).await,
        ClinicCommand::Staff(args) => match &args.command {
            StaffCommand::Add(args) => staff::add(ledger, args).await,
            StaffCommand::List(args) => staff::list(ledger, &pov(&args.pov)?, args.output.format),
            StaffCommand::Remove(args) => staff::remove(ledger, pov(&args.pov)?, &args.name).await,
        },
    }
}

fn pov(text: &str) -> CliResult<OutPovId> {
    OutPovId::new(text.trim()).map_err(|error| {
        CliError::new(Exit::Usage, format!("POV: {text:?} is no clinic's code"))
            .caused_by(&error)
            .remedy("write the ISV's code, such as 00001")
    })
}

fn unwritable(error: povline_store::StoreError) -> CliError {
    CliError::store("cannot write to the ledger", &error)
}

fn unreadable(error: povline_store::StoreError) -> CliError {
    CliError::store("cannot read the ledger", &error)
}
