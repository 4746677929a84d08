//! The clinic's side over HTTP.
