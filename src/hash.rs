//! Argon2: parameters, encoded strings, hashing and verifying.

pub mod budget;
pub mod calibrate;
pub mod diagnose;
pub mod encoded;
pub mod engine;
pub mod hasher;
pub mod params;
pub mod policy;
pub mod strength;
pub mod verifier;
