//! Derives salted Argon2id hashes of passwords, for the config of a calendar connector.
//!
//! Data runs one way: source → password → hash → encoded string → stdout or file.
//!
//! ```
//! use tc_calendar::cost::Profile;
//! use tc_calendar::derive::Deriver;
//! use tc_calendar::password::Password;
//! use tc_calendar::random::SysRng;
//!
//! let password = Password::new(b"hunter2".to_vec().into())?;
//! let encoded = Deriver::new(Profile::Owasp.cost(), 1, SysRng)?.derive(&password)?;
//! assert!(encoded.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod batch;
pub mod calibrate;
pub mod cli;
pub mod commands;
pub mod config_file;
pub mod cost;
pub mod derive;
pub mod encoded;
pub mod error;
mod help;
pub mod input;
pub mod limits;
pub mod mangled;
mod manual;
pub mod memory;
pub mod password;
pub mod process;
pub mod progress;
pub mod random;
pub mod size;
pub mod stderr;
pub mod strength;
pub mod usage;
pub mod verify;
