//! Complete programs that make one call without any SDK, in the seven languages of the contract.
//!
//! A program is made from the method's definition. Address, app key and values are written into
//! it; the secret never is: the program reads it from the environment variable [`SECRET_VARIABLE`], and a session
//! from [`SESSION_VARIABLE`].

mod arguments;
mod language;
mod literal;
mod program;

pub(crate) use arguments::Tree;
pub use arguments::{Leaf, leaves};
pub use language::Language;
pub(crate) use literal::shell_word;
pub use program::{Call, MadeCall, SECRET_VARIABLE, SESSION_VARIABLE, sample, sample_of};
