//! `schedule`: opens and closes periods for booking, and tells how full they are.

use std::io::Write as _;

use povline_domain::{Day, OutPovId, Period, PovId};
use povline_store::book::{Register, SEATS_MAX, ScheduleRefusal, Schedules};

use crate::args::{
    PovDaysArgs, ScheduleCloseArgs, ScheduleCommand, ScheduleListArgs, ScheduleOpenArgs,
};
use crate::clock::actor;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};
use crate::pull::days;

/// Does what the command says to a clinic's schedule.
pub(crate) async fn run<B: Register + Schedules>(
    book: &B,
    command: &ScheduleCommand,
) -> CliResult<()> {
    match command {
        ScheduleCommand::Open(args) => open(book, args).await,
        ScheduleCommand::Close(args) => close(book, args).await,
        ScheduleCommand::List(args) => list(book, args).await,
    }
}

async fn open<B: Register + Schedules>(book: &B, args: &ScheduleOpenArgs) -> CliResult<()> {
    if !(1..=SEATS_MAX).contains(&args.places) {
        let what = format!("--places {}", args.places);
        return Err(CliError::new(Exit::Usage, what).remedy(format!("write 1 to {SEATS_MAX}")));
    }
    let periods = parse_periods(&args.periods)?;
    let (pov, days) = pov_days(book, &args.at).await?;
    let actor = actor("schedule open");
    for day in days {
        let opened = book
            .open_schedule(&actor, pov, day, &periods, args.places)
            .await
            .map_err(|error| CliError::store(format!("cannot open {day}"), &error))?;
        tell(day, opened, "open 已开放")?;
    }
    Ok(())
}

async fn close<B: Register + Schedules>(book: &B, args: &ScheduleCloseArgs) -> CliResult<()> {
    let periods = parse_periods(&args.periods)?;
    let periods = (!periods.is_empty()).then_some(&periods[..]);
    let (pov, days) = pov_days(book, &args.at).await?;
    let actor = actor("schedule close");
    for day in days {
        let closed = book
            .close_schedule(&actor, pov, day, periods)
            .await
            .map_err(|error| CliError::store(format!("cannot close {day}"), &error))?;
        tell(day, closed, "closed 已关闭")?;
    }
    Ok(())
}

fn tell(day: Day, outcome: Result<bool, ScheduleRefusal>, done: &str) -> CliResult<()> {
    match outcome {
        Ok(true) => writeln!(std::io::stdout(), "{day} {done}")?,
        Ok(false) => writeln!(std::io::stdout(), "{day} {done} (was so before 无变化)")?,
        Err(ScheduleRefusal::Past) => {
            return Err(CliError::new(Exit::Failed, format!("{day} is over"))
                .remedy("name today or a later day"));
        }
        Err(ScheduleRefusal::NotScheduled) => {
            let what = format!("one of these periods was never opened on {day}");
            return Err(CliError::new(Exit::Failed, what)
                .remedy("`povline schedule list` tells those that were"));
        }
    }
    Ok(())
}

const COLUMNS: &[Column] = &[
    Column::new("appointment_time", "Day 日期"),
    Column::new("appointment_period", "Period 时段"),
    Column::new("max_num", "Places 号源数"),
    Column::new("used_num", "Booked 已约"),
    Column::new("status", "Status 状态"),
];

async fn list<B: Register + Schedules>(book: &B, args: &ScheduleListArgs) -> CliResult<()> {
    let (pov, days) = pov_days(book, &args.at).await?;
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, COLUMNS);
    for day in days {
        let periods = book
            .schedule(pov, day)
            .await
            .map_err(|error| CliError::store(format!("cannot read {day}"), &error))?;
        for one in periods {
            let status = match (one.open, one.booked < one.capacity) {
                (false, _) => "closed",
                (true, true) => "open",
                (true, false) => "full",
            };
            rows.row(&[
                Cell::text(day.to_string()),
                Cell::text(one.period.to_string()),
                Cell::count(u64::from(one.capacity)),
                Cell::count(u64::from(one.booked)),
                Cell::text(status),
            ])?;
        }
    }
    rows.finish()?;
    Ok(())
}

/// The clinic and the days that are meant. Neither the ISV nor the clinic is made by looking.
async fn pov_days<B: Register>(book: &B, at: &PovDaysArgs) -> CliResult<(PovId, Vec<Day>)> {
    let days = days::parse(&at.day)?;
    let code = OutPovId::new(at.pov.as_str()).map_err(|error| {
        CliError::new(Exit::Usage, "--pov is no clinic's code")
            .caused_by(&error)
            .remedy("write the ISV's code of the clinic, such as 00001")
    })?;
    let pov = book
        .find_pov(&at.isv, &code)
        .await
        .map_err(|error| CliError::store("cannot read the clinics", &error))?;
    match pov {
        Some(pov) => Ok((pov, days)),
        None => {
            let what = format!("{:?} has no clinic {:?}", at.isv, at.pov);
            Err(CliError::new(Exit::Failed, what)
                .remedy("look at --isv and --pov; `povline import --create-povs` makes clinics"))
        }
    }
}

fn parse_periods(texts: &[String]) -> CliResult<Vec<Period>> {
    let parse = |text: &String| {
        text.parse().map_err(|error| {
            CliError::new(Exit::Usage, format!("{text:?} is no period"))
                .caused_by(&error)
                .remedy("write 08:00-08:30")
        })
    };
    texts.iter().map(parse).collect()
}
