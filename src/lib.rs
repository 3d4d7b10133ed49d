//! Derives salted Argon2id hashes of passwords, for the config of a calendar connector.
//!
//! Data runs one way: source → password → hash → encoded string → stdout.
//!
//! ```
//! use tc_calendar::cost::Profile;
//! use tc_calendar::derive::Deriver;
//! use tc_calendar::password::Password;
//!
//! let password = Password::new(b"hunter2".to_vec().into())?;
//! let encoded = Deriver::new(Profile::Owasp.cost(), getrandom::SysRng)?.derive(&password)?;
//! assert!(encoded.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// The options, as clap's definitions, and the request that they make.
pub mod cli;
/// One file a mode; the only place that writes to stdout.
pub mod commands;
/// What a hash costs: profiles, ranges, what is weak.
pub mod cost;
/// Password, cost and salt → encoded string; the only caller of the hashing engine.
pub mod derive;
/// The encoded string: what it holds and how it is written.
pub mod encoded;
/// Exit statuses and hints: what each kind of failure means to a script and to a person.
pub mod error;
/// Where passwords come from: arguments, a file, stdin or the prompt.
pub mod input;
/// A password: checked once, wiped on drop, never shown.
pub mod password;
/// What is done to the process itself, so that passwords don't leak from it.
pub mod process;
/// A memory size as people write it, and back.
pub mod size;
/// Notes, errors and hints; the only place that writes to stderr.
pub mod stderr;
/// clap's errors, told again without the text of any argument.
pub mod usage;
