//! What every engine of the ledger must do. An engine joins by one line at the end.

mod alarm;
mod at_rest;
mod atomic;
mod budget;
mod deliveries;
mod desk;
mod forget;
mod past;
mod places;
mod plan;
mod story;
pub(crate) mod support;
mod unknown;

use povline_store::ledger::{Desk, SqliteLedger};

/// A place for one ledger, which may be opened again and again.
pub trait Engine {
    type Ledger: Desk + Clone;

    /// A place where there is none yet.
    fn new() -> Self;

    /// Opens it. At most one is open at a time.
    fn open(&self) -> Self::Ledger;
}

struct Sqlite(tempfile::TempDir);

impl Engine for Sqlite {
    type Ledger = SqliteLedger;

    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> SqliteLedger {
        SqliteLedger::open(self.0.path()).unwrap()
    }
}

/// Makes a test of each check for an engine.
macro_rules! conformance {
    ($engine:ident as $name:ident: $($module:ident :: $check:ident),* $(,)?) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    super::$module::$check::<super::$engine>().await;
                }
            )*
        }
    };
}

macro_rules! engine {
    ($engine:ident as $name:ident) => {
        conformance! { $engine as $name:
            desk::rights_and_guesses_survive,
            desk::picks_stand_beside_rows,
            desk::no_clinics_picks_hide_anothers,
            story::one_story_through_every_method,
            story::an_unchanged_answer_moves_instants_and_nothing_else,
            story::texts_and_numbers_come_back_as_they_were,
            atomic::what_cannot_be_written_leaves_nothing_and_harms_nobody,
            atomic::a_panic_leaves_nothing_and_harms_nobody,
            atomic::a_failed_scan_keeps_what_stood,
            places::a_new_id_is_found_on_another_day_by_either_way,
            places::a_new_id_is_found_among_the_absent_of_any_pov,
            places::a_row_may_go_to_another_pov_and_come_back,
            places::two_povs_may_have_the_same_id_suspected,
            budget::calls_never_exceed_the_budget,
            budget::each_part_of_a_budget_has_its_own_bound,
            budget::what_is_returned_can_be_taken_once_more,
            plan::what_planners_have_learned_is_kept_by_app,
            alarm::an_alarm_is_raised_once_cleared_once_and_outlives_the_process,
            forget::what_is_old_is_forgotten_and_the_rest_stays,
            past::a_day_is_told_as_it_was_known,
            past::the_story_of_an_appointment_has_its_evidence,
            forget::numbers_go_on_after_everything_was_forgotten,
            forget::lists_that_are_over_are_forgotten_whole,
            forget::what_is_over_is_not_counted_in_the_fleet,
            forget::names_that_come_back_are_erased_again,
            unknown::what_a_row_says_beside_stays_with_it,
            unknown::what_rows_say_beside_is_erased_with_their_names,
            deliveries::a_sink_keeps_its_place_and_its_letters,
            deliveries::letters_that_are_asked_for_again_wait_until_they_are_settled,
            deliveries::the_outbox_tells_what_is_kept_and_what_is_not,
        }
    };
}

engine!(Sqlite as sqlite);
