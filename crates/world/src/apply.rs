//! Brings a world into a platform's book.

use povline_domain::IsvId;
use povline_store::StoreError;
use povline_store::book::{Actor, Book, Refusal, Write, WriteOutcome};
use thiserror::Error;

use crate::{Scenario, World};

/// How many writes go into one transaction.
const WRITES_PER_BATCH: usize = 2_000;

/// Why the book and the world differ now.
#[derive(Debug, Error)]
pub enum WorldError {
    /// The book failed.
    #[error("the book did not take what happened in the world")]
    Book(#[from] StoreError),
    /// The world keeps the field's rules, so a refusal is a fault of one of the two.
    #[error("the book refused what happened in the world: {} {}", .0.field, .0.reason)]
    Refused(Refusal),
}

/// Makes the scenario's clinics in the book and an empty world of them.
///
/// # Errors
/// [`WorldError`] if the book failed.
pub async fn establish<B: Book>(
    book: &B,
    actor: &Actor,
    isv: IsvId,
    scenario: &Scenario,
) -> Result<World, WorldError> {
    let mut povs = Vec::with_capacity(scenario.clinics.len());
    for clinic in &scenario.clinics {
        let name = Some(clinic.name.as_str());
        povs.push(
            book.ensure_pov(actor, isv, &clinic.out_pov_id, name)
                .await?,
        );
    }
    Ok(World::new(scenario, povs))
}

/// Writes what happened in the world to the book.
///
/// # Errors
/// [`WorldError`] if the book failed or refused a write.
pub async fn apply<B: Book>(
    book: &B,
    actor: &Actor,
    mut writes: Vec<Write>,
) -> Result<(), WorldError> {
    while !writes.is_empty() {
        let rest = writes.split_off(writes.len().min(WRITES_PER_BATCH));
        for outcome in book
            .write(actor, std::mem::replace(&mut writes, rest))
            .await?
        {
            if let WriteOutcome::Refused(refusal) = outcome {
                return Err(WorldError::Refused(refusal));
            }
        }
    }
    Ok(())
}
