//! Random inputs: the engine, the second implementation and the C reference give the same tags.
//!
//! `PROPTEST_CASES=10000 cargo test --locked --release --test differential` is the long run.
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write;
use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tc_calendar::hash::encoded::{Encoded, Variant, Version};
use tc_calendar::hash::engine::{Engine, Input};
use tc_calendar::hash::params::Params;
use tc_calendar::hash::verifier::Verifier;

/// How many cases the C reference gets.
const FOR_THE_REFERENCE: usize = 200;

/// Inputs, of all variants and versions, and with odd numbers of everything.
#[derive(Debug, Clone)]
struct Case {
    variant: Variant,
    version: Version,
    params: Params,
    threads: u32,
    password: Vec<u8>,
    salt: Vec<u8>,
    tag_bytes: usize,
}

fn a_case() -> impl Strategy<Value = Case> {
    let variant = prop_oneof![Just(Variant::Argon2d), Just(Variant::Argon2i), Just(Variant::Argon2id)];
    let version = prop_oneof![Just(Version::V16), Just(Version::V19)];
    // The least memory for so many lanes, and up to 300 KiB more.
    let params = (1_u64..=9, 0_u64..300, 1_u64..=4)
        .prop_map(|(lanes, more, iterations)| Params::new(8 * lanes + more, iterations, lanes).unwrap());
    let password = prop_oneof![vec(any::<u8>(), 0..70), vec(any::<u8>(), 0..5_000)];
    let salt = prop_oneof![vec(any::<u8>(), 8..=48), vec(any::<u8>(), 8..600)];
    let tag_bytes = prop_oneof![4_usize..=70, 4_usize..600];
    (variant, version, params, 1_u32..=9, password, salt, tag_bytes).prop_map(
        |(variant, version, params, threads, password, salt, tag_bytes)| Case {
            variant,
            version,
            params,
            threads,
            password,
            salt,
            tag_bytes,
        },
    )
}

impl Case {
    fn by_the_engine(&self) -> Encoded {
        let Self { variant, version, params, threads, ref password, ref salt, tag_bytes } = *self;
        let mut tag = vec![0; tag_bytes];
        let input = Input { password, salt, secret: &[], associated_data: &[] };
        Engine::new(variant, version, params, tag_bytes, threads).unwrap().derive(input, &mut tag).unwrap();
        Encoded { variant, version, params, salt: salt.clone(), tag }
    }
}

proptest! {
    #[test]
    fn two_implementations_agree(case in a_case()) {
        let verifier = Verifier::new(case.params.parallelism()).unwrap();
        let mut encoded = case.by_the_engine();
        prop_assert!(verifier.matches(&encoded, &case.password).unwrap());
        let longer = [&case.password[..], b"x"].concat();
        prop_assert!(!verifier.matches(&encoded, &longer).unwrap());
        *encoded.tag.last_mut().unwrap() ^= 1;
        prop_assert!(!verifier.matches(&encoded, &case.password).unwrap());
    }
}

/// Reads a case a line, and prints the C reference's tag of each.
const REFERENCE: &str = "\
import sys
from argon2.low_level import Type, hash_secret_raw
for line in sys.stdin:
    variant, version, m, t, p, length, salt, password = line.rstrip('\\n').split(' ')
    print(hash_secret_raw(bytes.fromhex(password), bytes.fromhex(salt), int(t), int(m), int(p),
        int(length), {'argon2d': Type.D, 'argon2i': Type.I, 'argon2id': Type.ID}[variant],
        int(version)).hex())
";

#[cfg(unix)]
#[test]
#[ignore = "needs Python's argon2-cffi"]
fn the_c_reference_agrees() {
    use std::io::Write as _;
    let mut runner = TestRunner::default();
    let cases: Vec<Case> =
        (0..FOR_THE_REFERENCE).map(|_| a_case().new_tree(&mut runner).unwrap().current()).collect();
    let mut lines = String::new();
    for case in &cases {
        let (variant, version) = (case.variant.name(), case.version.number());
        let (m, t, p) = (case.params.memory_kib(), case.params.iterations(), case.params.parallelism());
        let (salt, password) = (hex::encode(&case.salt), hex::encode(&case.password));
        writeln!(lines, "{variant} {version} {m} {t} {p} {} {salt} {password}", case.tag_bytes).unwrap();
    }
    let mut python = Command::new("python3")
        .args(["-c", REFERENCE])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap();
    writer.join().unwrap().unwrap();
    let tags: Vec<&str> = output.lines().collect();
    assert_eq!(tags.len(), cases.len());
    for (case, tag) in cases.iter().zip(tags) {
        assert_eq!(hex::encode(case.by_the_engine().tag), tag, "{case:?}");
    }
}
