//! The portal as its readers use it: over HTTP, from the binary, and with what it offers run.

mod apart;
mod pages;
mod reader;
mod samples;
mod samples_refuse;
mod scene;
mod sdk;
mod sdk_filled;
mod sessions;
mod sign_in;
mod sign_up;
#[cfg(unix)]
mod stop;
mod tool;
