//! What every engine of the book must do. An engine joins by one line at the end.

mod access;
mod bookings;
mod bookings_property;
mod bookings_race;
mod changes;
mod crash;
mod feed;
mod import;
mod import_codes;
mod limits;
mod long_reads;
mod model;
mod newcomers;
mod order;
mod property;
mod race;
mod register;
mod sandbox;
pub(crate) mod support;
mod users;
pub(crate) mod write_side;
mod writes;

use povline_store::book::{
    Book, Bookings, Feed, Limits, Register, Sandbox, Schedules, SqliteBook, Users,
};

/// A place for one book, which may be opened again and again, also at the same time.
pub trait Engine {
    type Book: Book + Bookings + Feed + Limits + Register + Sandbox + Schedules + Users + Clone;

    /// A place where there is none yet.
    fn new() -> Self;

    /// Opens it.
    fn open(&self) -> Self::Book;

    /// Opens it as a sandbox.
    fn open_sandbox(&self) -> Self::Book;
}

struct Sqlite(tempfile::TempDir);

impl Engine for Sqlite {
    type Book = SqliteBook;

    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> SqliteBook {
        SqliteBook::open(self.0.path()).unwrap()
    }

    fn open_sandbox(&self) -> SqliteBook {
        SqliteBook::open_sandbox(self.0.path()).unwrap()
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

            #[test]
            fn random_writes_equal_the_model() {
                super::property::random_writes_equal_the_model::<super::$engine>();
            }

            #[test]
            fn random_bookings_equal_the_model() {
                super::bookings_property::random_bookings_equal_the_model::<super::$engine>();
            }
        }
    };
}

macro_rules! engine {
    ($engine:ident as $name:ident) => {
        conformance! { $engine as $name:
            access::one_story_of_apps_and_grants,
            access::two_secrets_are_live_and_never_three,
            access::a_grant_of_a_code_that_ends_with_a_star_stays_what_it_is,
            access::two_isvs_may_use_the_same_code,
            access::what_breaks_a_rule_is_refused,
            order::rows_come_in_append_order_and_keep_their_places,
            order::a_day_of_any_length_is_read_whole,
            order::a_long_day_is_read_whole_and_of_one_instant,
            order::texts_and_numbers_come_back_as_they_were,
            writes::booking_guards_ids_codes_and_povs,
            writes::a_reschedule_keeps_or_changes_the_place,
            writes::a_pick_code_is_never_used_again_on_its_day,
            writes::writes_of_one_call_are_refused_one_by_one,
            writes::what_stands_so_already_changes_nothing,
            writes::the_audit_tells_who_did_what_and_no_names,
            changes::followers_see_each_day_once_and_all_of_them,
            changes::another_handle_on_the_same_book_sees_every_write,
            changes::a_write_after_the_call_wakes_whoever_waits,
            race::ten_bookings_of_one_pick_code_have_one_winner,
            race::writers_of_two_handles_lose_nothing,
            import::a_second_run_changes_nothing,
            import::a_row_that_differs_is_brought_up_to_date_in_its_place,
            import::a_row_of_another_day_moves_there,
            import::bad_rows_refuse_all_unless_the_good_are_kept,
            import::povs_are_made_only_if_asked_for,
            import::refusals_are_listed_in_the_order_of_the_file_and_bounded,
            import::a_panicking_file_leaves_nothing,
            import::progress_reaches_the_last_line,
            import_codes::rows_may_swap_their_codes,
            import_codes::a_code_may_be_freed_further_down,
            import_codes::a_code_that_stays_held_is_refused,
            import_codes::a_refused_swap_gives_every_code_back,
            import_codes::a_retired_code_is_refused_and_a_freed_one_retires,
            import_codes::a_moved_row_frees_its_code_for_others,
            limits::limits_are_kept_and_taken_back,
            limits::conditions_that_cannot_be_are_refused,
            limits::addresses_are_set_as_a_whole,
            limits::sessions_are_kept_as_digests_and_forgotten_when_over,
            limits::reserved_calls_never_pass_the_limit,
            limits::calls_without_a_limit_are_counted_all_the_same,
            limits::old_counts_are_forgotten,
            limits::two_processes_share_one_quota,
            limits::until_when_calls_were_let_through_is_known,
            limits::what_calls_are_admitted_by_is_read_at_once,
            limits::calls_are_reserved_while_an_import_holds_the_book,
            limits::keys_of_a_sandbox_and_of_production_do_not_mix,
            sandbox::a_reset_takes_all_of_one_isv_away_and_nothing_else,
            sandbox::a_reset_is_whole_or_not_at_all,
            sandbox::production_is_never_reset,
            bookings::a_schedule_is_opened_altered_and_closed,
            bookings::places_are_given_until_there_are_none,
            bookings::the_same_key_is_the_same_booking,
            bookings::what_is_over_is_not_booked_or_changed,
            bookings::a_move_takes_its_seat_with_it,
            bookings::nobody_changes_what_is_not_there,
            bookings::the_later_action_of_its_kind_counts,
            bookings::an_import_is_the_last_word,
            bookings::whatever_writes_rows_the_seats_are_counted,
            bookings::bookings_are_listed_with_their_cancellations,
            bookings::what_is_old_is_forgotten_as_others_come,
            feed::lists_are_told_in_the_order_of_their_keys,
            feed::changed_lists_are_told_in_the_order_of_their_changes,
            feed::one_look_goes_through_so_many_records_of_others,
            bookings_race::a_hundred_places_have_a_hundred_winners,
            register::a_pov_is_registered_and_altered,
            register::the_right_to_write_goes_with_its_grant,
            users::users_are_made_listed_and_removed,
            users::a_session_ends_when_it_is_idle_old_or_out_of_number,
            users::another_password_ends_the_sessions,
            newcomers::an_isv_has_so_many_apps_however_many_are_made_at_once,
            newcomers::a_newcomer_has_an_isv_clinics_and_an_app_of_their_own,
            newcomers::a_newcomer_takes_nobodys_name_and_a_full_sandbox_takes_nobody,
            newcomers::production_takes_nobody,
            newcomers::a_newcomer_is_in_as_a_whole_or_not_at_all,
        }
    };
}

engine!(Sqlite as sqlite);
