//! Derives salted Argon2id hashes of passwords for the config of a calendar connector.
//!
//! The source is free of `unsafe`. Libraries hide it where safe Rust cannot say what is meant; what their
//! macros write into this crate counts as theirs. In [`hash::engine`], `multiversion` asks the processor
//! once what it can do, keeps the address of the function for it, and calls that; `bytemuck` views memory
//! as vectors and as blocks, after sizes and alignment have been compared; `safe_arch` prefetches;
//! `zeroize` keeps the compiler from leaving out a wipe; and `memmap2` maps memory.
//!
//! A module imports only from itself and from modules further down the list in CONTRIBUTING.md.
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

pub mod advice;
pub mod batch;
pub mod cli;
pub mod config_file;
pub mod hash;
pub mod output;
pub mod password;
pub mod run;
pub mod status;
pub mod system;
