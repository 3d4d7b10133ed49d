//! Derives salted Argon2id hashes of passwords for the config of a calendar connector.
//!
//! A module imports only from itself and from later modules in this list: `commands`, `error`, `cli`,
//! `password`, `hash`, `config_file`, `output`, `batch`, `system`. `tests/house.rs` checks this.
//!
//! ```
//! use tc_calendar::hash::hasher::Hasher;
//! use tc_calendar::hash::params::Profile;
//! use tc_calendar::system::random::SysRng;
//!
//! let encoded = Hasher::new(Profile::Owasp.params(), 1, SysRng)?.hash(b"hunter2")?;
//! assert!(encoded.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod batch;
pub mod cli;
pub mod commands;
pub mod config_file;
pub mod error;
pub mod hash;
pub mod output;
pub mod password;
pub mod system;
