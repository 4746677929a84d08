//! The scan and the ledger against a server that changes under their eyes, and a truth that knows
//! what really happened.
#![expect(
    clippy::print_stdout,
    reason = "what a run came to is worth reading, whether it failed or not"
)]

mod churn;
mod keeper;
mod life;
mod lives;
mod methods;
mod race;
mod reading;
mod server;
mod sinks;
mod told;
mod truth;

/// How many changes are lived through at least.
fn changes_wanted() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is how a longer run is asked for"
    )]
    let told = std::env::var("POVLINE_MODEL_CHANGES");
    told.map_or(1_000_000, |changes| changes.parse().unwrap())
}

/// Whether every world is kept on SQLite and has every kind of sink, not only some.
fn has_every_sink() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is how a longer run is asked for"
    )]
    let told = std::env::var("POVLINE_MODEL_SINKS");
    told.is_ok_and(|sinks| sinks == "all")
}

/// The seeds of a run: these, and one more if it is told, to repeat a run that failed.
fn seeds() -> Vec<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is how a run that failed elsewhere is repeated"
    )]
    let told = std::env::var("POVLINE_MODEL_SEED");
    let told = told.map(|seed| seed.parse().unwrap());
    [1, 2020].into_iter().chain(told).collect()
}
