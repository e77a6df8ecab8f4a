//! Configuration: flag, `RINGFENCE_*` variable, `ringfence.toml`, default, in this order, from one table of keys.

mod command;
mod file;
mod flags;
mod keys;
pub(crate) mod kinds;
mod options;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use command::ConfigCommand;
pub(crate) use flags::{ClientFlags, ServeFlags};
pub(crate) use keys::{KEYS, Setting};
pub(crate) use options::{ClientOptions, LogFormat, Markets, Rules, ServeOptions};
