//! Command-line flags made from the table of keys.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::keys::{KEYS, Key, ReadBy, Setting};

/// Values given by flag.
pub(crate) type Given = Vec<(Setting, Vec<String>)>;

/// Where a flag may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// With its command only.
    Command,
    /// Behind the command's own subcommands as well: `order alice buy … --server URL`.
    Below,
}

/// Adds a flag per key that passes the test.
fn augment(command: Command, (wanted, scope): (fn(ReadBy) -> bool, Scope)) -> Command {
    let wanted = KEYS.iter().filter(|key| wanted(key.read_by));
    wanted.fold(command, |command, key| command.arg(flag(key, scope)))
}

/// What clap knows a flag by. Clap carries values of flags that stand below a command up to every flag of the same id, so a key that both groups
/// have needs two.
fn id(key: &Key, scope: Scope) -> &'static str {
    match (scope, key.setting) {
        (Scope::Below, Setting::Token) => "connection-token",
        (Scope::Below | Scope::Command, _) => key.name,
    }
}

fn flag(key: &'static Key, scope: Scope) -> Arg {
    let heading = match key.read_by {
        ReadBy::Server => "Server",
        ReadBy::Client | ReadBy::Both => "Connection",
    };
    let action = if key.kind.is_list() { ArgAction::Append } else { ArgAction::Set };
    Arg::new(id(key, scope))
        .long(key.name)
        .value_name(key.value_name)
        .help(key.described())
        .help_heading(heading)
        .action(action)
        .allow_negative_numbers(true)
        .global(scope == Scope::Below)
}

/// What was given of the keys that pass the test.
fn collect(matches: &ArgMatches, (wanted, scope): (fn(ReadBy) -> bool, Scope)) -> Given {
    let given = |key: &Key| {
        let values: Vec<String> = matches.get_many::<String>(id(key, scope))?.cloned().collect();
        Some((key.setting, values))
    };
    KEYS.iter().filter(|key| wanted(key.read_by)).filter_map(given).collect()
}

fn for_server(read_by: ReadBy) -> bool {
    match read_by {
        ReadBy::Server | ReadBy::Both => true,
        ReadBy::Client => false,
    }
}

fn for_client(read_by: ReadBy) -> bool {
    match read_by {
        ReadBy::Client | ReadBy::Both => true,
        ReadBy::Server => false,
    }
}

fn for_any(_: ReadBy) -> bool {
    true
}

/// Makes a set of flags an argument group of clap.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident, $wanted:ident, $scope:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub(crate) struct $name(pub(crate) Given);

        impl clap::Args for $name {
            fn augment_args(command: Command) -> Command {
                augment(command, ($wanted, $scope))
            }
            fn augment_args_for_update(command: Command) -> Command {
                augment(command, ($wanted, $scope))
            }
        }

        impl clap::FromArgMatches for $name {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Ok(Self(collect(matches, ($wanted, $scope))))
            }
            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                self.0 = collect(matches, ($wanted, $scope));
                Ok(())
            }
        }
    };
}

flags!(
    /// Flags of `serve`.
    ServeFlags, for_server, Scope::Command
);
flags!(
    /// Flags of commands that talk to a server.
    ClientFlags, for_client, Scope::Below
);
flags!(
    /// Every flag, for `config show`.
    AllFlags, for_any, Scope::Command
);
