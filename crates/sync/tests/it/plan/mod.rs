//! The planner on a clock of its own.

mod clinics;
mod confirming;
mod known_lists;
mod limits;
mod pitfalls_of_calls;
mod pitfalls_of_learning;
mod pitfalls_of_promises;
mod state;
mod support;
mod today;
