//! Load, crashes and hostile networks against a running exchange, seen only through its sockets.
//!
//! Nothing here knows how the exchange works inside: every check compares what a client was told with what it is told later.

pub mod calls;
pub mod error;
pub mod fanout;
pub mod histogram;
pub mod kill;
pub mod load;
pub mod net;
pub mod orders;
pub mod probe;
pub mod process;
pub mod recover;
pub mod sign;
pub mod target;
pub mod wire;
pub mod yardstick;
