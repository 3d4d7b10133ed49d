//! The engine computes the published tags, and the hasher writes the encoded strings of the reference.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::convert::Infallible;

use common::tc_calendar;
use common::vectors::{self, Vector};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;
use tc_calendar::hash::encoded::{Encoded, Variant, Version};
use tc_calendar::hash::params::{Params, Profile};
use tc_calendar::hash::{
    engine::{Engine, Input},
    hasher::{HashError, Hasher},
};

fn tag(vector: &Vector) -> Vec<u8> {
    let mut tag = vec![0; vector.tag.len()];
    let input = Input {
        password: &vector.password,
        salt: &vector.salt,
        secret: &vector.secret,
        associated_data: &vector.associated_data,
    };
    // A thread for each of 255 lanes would spend a hundred times as long on waiting for the others as on the tag.
    let threads = vector.params.parallelism().min(8);
    Engine::new(vector.variant, vector.version, vector.params, threads).derive(input, &mut tag).unwrap();
    tag
}

fn check(vectors: &[Vector]) {
    for vector in vectors {
        assert_eq!(tag(vector) == vector.tag, vector.matches, "vector {}", vector.id);
    }
}

/// RFC 9106 sections 5.1 to 5.3 differ only in variant and tag.
fn rfc_9106(variant: Variant, tag: &str) -> Vector {
    Vector {
        id: format!("RFC 9106 section 5, {}", variant.name()),
        variant,
        version: Version::V19,
        params: Params::new(32, 3, 4).unwrap(),
        password: vec![1; 32],
        salt: vec![2; 16],
        secret: vec![3; 8],
        associated_data: vec![4; 12],
        tag: hex::decode(tag).unwrap(),
        matches: true,
    }
}

/// SECURITY.md: "The tests compare tags with RFC 9106"
#[test]
fn rfc_9106_section_5() {
    check(&[
        rfc_9106(Variant::Argon2d, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"),
        rfc_9106(Variant::Argon2i, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"),
        rfc_9106(Variant::Argon2id, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
    ]);
}

/// SECURITY.md: "with the C reference and with a second implementation"
/// docs/engine.md: "It computes 578 tags of the C reference, of all variants and versions."
#[test]
fn own_selection_covers_every_variant_and_version_and_matches() {
    let vectors = vectors::own();
    assert_eq!(vectors.len(), 578);
    for variant in [Variant::Argon2d, Variant::Argon2i, Variant::Argon2id] {
        for version in [Version::V16, Version::V19] {
            assert!(vectors.iter().any(|vector| vector.variant == variant && vector.version == version));
        }
    }
    check(&vectors);
}

/// docs/engine.md: "It computes 29 tags that five other projects publish."
#[test]
fn tags_of_other_projects_match() {
    let vectors = vectors::published();
    assert_eq!(vectors.len(), 29);
    check(&vectors);
}

/// docs/engine.md: "It computes 647 more published tags, and 599 more of the C reference."
#[test]
#[ignore = "needs the test data in ARGON2_VECTORS"]
fn outside_vectors_match() {
    let [published, generated] =
        ["published.jsonl", "generated.jsonl"].map(|file| vectors::read(&vectors::outside(file)));
    // Three of the published ones are wrong.
    assert_eq!(published.iter().filter(|vector| vector.matches).count(), 647);
    assert_eq!(generated.len() - vectors::own().len(), 599);
    check(&published);
    check(&generated);
}

/// README.md: "Isopoh.Cryptography.Argon2, Sodium.Core and Geralt"
/// docs/exchange.md: "`--verify` takes the hashes that they make."
#[test]
#[ignore = "needs the test data in ARGON2_VECTORS"]
fn outside_strings_of_dotnet_are_computed_and_verified() {
    let mut libraries = BTreeSet::new();
    for line in vectors::outside("dotnet.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let [source, string, password] =
            ["source", "string", "password"].map(|name| case[name].as_str().unwrap());
        let Encoded { variant, version, params, salt, tag } = Encoded::read(string).unwrap();
        let vector = Vector {
            id: line.to_owned(),
            variant,
            version,
            params,
            password: password.into(),
            salt,
            secret: Vec::new(),
            associated_data: Vec::new(),
            tag,
            matches: true,
        };
        check(&[vector]);
        let verify = |password: &str| tc_calendar(["--verify", string]).piped(password).run();
        assert_eq!(verify(password).lines(), ["match"], "{line}");
        assert_eq!(verify(&format!("{password}x")).status, Some(1), "{line}");
        libraries.extend(source.split(' ').next().map(str::to_owned));
    }
    assert_eq!(
        libraries.into_iter().collect::<Vec<_>>(),
        ["Geralt", "Isopoh.Cryptography.Argon2", "Sodium.Core"]
    );
}

/// A source of salts that are known: consecutive bytes.
struct Counting(u8);

impl TryRng for Counting {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("salts are bytes")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("salts are bytes")
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.0;
            self.0 += 1;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

/// A source of salts that fails, like an operating system without randomness.
struct Broken;

impl TryRng for Broken {
    type Error = std::fmt::Error;
    fn try_next_u32(&mut self) -> Result<u32, std::fmt::Error> {
        Err(std::fmt::Error)
    }
    fn try_next_u64(&mut self) -> Result<u64, std::fmt::Error> {
        Err(std::fmt::Error)
    }
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }
}

impl TryCryptoRng for Broken {}

const PASSWORD: &[u8] = b"hunter2";

/// Both strings were made with the C reference's command and these salts.
#[test]
fn encoded_strings_equal_those_of_the_c_reference() {
    let mut hasher = Hasher::new(Profile::Owasp.params(), 1, Counting(0x30)).unwrap();
    assert_eq!(
        hasher.hash(PASSWORD).unwrap().to_string(),
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OTo7PD0+Pw$lmwHthaFUE3/YKC6Tyhq3o3flzmllCcqZBkTzH54lkk"
    );
    assert_eq!(
        hasher.hash(PASSWORD).unwrap().to_string(),
        "$argon2id$v=19$m=19456,t=2,p=1$QEFCQ0RFRkdISUpLTE1OTw$H4XBUi1iN1eg4yaXw4qHjgq7XEpgJxUtJONrbxHI7QU"
    );
}

/// SECURITY.md: "The salt has 16 bytes from the operating system"
#[test]
fn without_randomness_there_is_no_hash() {
    let mut hasher = Hasher::new(Params::new(8, 1, 1).unwrap(), 1, Broken).unwrap();
    assert_eq!(hasher.hash(PASSWORD), Err(HashError::Randomness(std::fmt::Error.to_string())));
}
