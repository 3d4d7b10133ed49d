//! Random inputs: the engine, with each of its kernels that this processor can run, the crate `argon2` and
//! the C reference give the same tags.
//!
//! `PROPTEST_CASES=20000 cargo test --locked --release --test differential` is the long run.
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write;
use std::process::Command;

use common::tags;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tc_calendar::hash::encoded::{Encoded, Variant, Version};
use tc_calendar::hash::engine::{Engine, Input, Kernel};
use tc_calendar::hash::params::Params;
use tc_calendar::hash::verifier::Verifier;

/// How many cases the C reference gets at the most.
const FOR_THE_REFERENCE: u32 = 1_000;
/// The longest associated data that the crate `argon2` takes, in bytes.
const MAX_DATA_OF_THE_CRATE: usize = argon2::AssociatedData::MAX_LEN;

/// Inputs, of all variants and versions, and with odd numbers of everything.
#[derive(Debug, Clone)]
struct Case {
    variant: Variant,
    version: Version,
    params: Params,
    threads: u32,
    password: Vec<u8>,
    salt: Vec<u8>,
    secret: Vec<u8>,
    associated_data: Vec<u8>,
    tag_bytes: usize,
}

fn a_case() -> impl Strategy<Value = Case> {
    let variant = prop_oneof![Just(Variant::Argon2d), Just(Variant::Argon2i), Just(Variant::Argon2id)];
    let version = prop_oneof![Just(Version::V16), Just(Version::V19)];
    // From the least memory for this number of lanes on, and seldom enough for more than one block of addresses.
    let more = prop_oneof![9 => 0_u64..300, 1 => 1_024_u64..3_000];
    let params = (1_u64..=9, more, 1_u64..=4)
        .prop_map(|(lanes, more, iterations)| Params::new(8 * lanes + more, iterations, lanes).unwrap());
    let password = prop_oneof![vec(any::<u8>(), 0..70), vec(any::<u8>(), 0..5_000)];
    let salt = prop_oneof![vec(any::<u8>(), 8..=48), vec(any::<u8>(), 8..600)];
    let secret = prop_oneof![Just(Vec::new()), vec(any::<u8>(), 0..=32)];
    let associated_data = prop_oneof![Just(Vec::new()), vec(any::<u8>(), 0..=32), vec(any::<u8>(), 33..600)];
    let tag_bytes = prop_oneof![4_usize..=70, 4_usize..600];
    (variant, version, params, 1_u32..=9, password, salt, secret, associated_data, tag_bytes).prop_map(
        |(variant, version, params, threads, password, salt, secret, associated_data, tag_bytes)| Case {
            variant,
            version,
            params,
            threads,
            password,
            salt,
            secret,
            associated_data,
            tag_bytes,
        },
    )
}

impl Case {
    fn input(&self) -> Input<'_> {
        let Self { password, salt, secret, associated_data, .. } = self;
        Input { password, salt, secret, associated_data }
    }

    fn by_the_engine(&self, kernel: Kernel) -> Vec<u8> {
        let Self { variant, version, params, threads, tag_bytes, .. } = *self;
        let mut tag = vec![0; tag_bytes];
        let engine = Engine::new(variant, version, params, threads);
        engine.with_kernel(kernel).derive(self.input(), &mut tag).unwrap();
        tag
    }

    fn by_the_crate(&self) -> Vec<u8> {
        tags::by_the_crate(self.variant, self.version, self.params, self.input(), self.tag_bytes)
    }

    /// Cuts the associated data to the length that the crate `argon2` takes.
    fn for_the_crate(mut self) -> Self {
        self.associated_data.truncate(MAX_DATA_OF_THE_CRATE);
        self
    }
}

/// The kernels that this processor can run. `TC_CALENDAR_KERNELS` names those that a run must have.
fn kernels() -> Vec<Kernel> {
    let kernels: Vec<Kernel> = Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()).collect();
    if let Ok(wanted) = std::env::var("TC_CALENDAR_KERNELS") {
        let names: Vec<String> = kernels.iter().map(|kernel| format!("{kernel:?}")).collect();
        assert_eq!(names.join(","), wanted);
    }
    kernels
}

proptest! {
    /// SECURITY.md: "each of its kernels gives the tags of the crate `argon2` for random input"
    /// SECURITY.md: "with the C reference and with a second implementation"
    #[test]
    fn each_kernel_agrees_with_the_crate(case in a_case().prop_map(Case::for_the_crate)) {
        let tag = case.by_the_crate();
        for kernel in kernels() {
            prop_assert_eq!(&case.by_the_engine(kernel), &tag, "{:?}", kernel);
        }
    }

    #[test]
    fn the_verifier_accepts_only_the_right_password_and_tag(mut case in a_case()) {
        (case.secret, case.associated_data) = (Vec::new(), Vec::new());
        let verifier = Verifier::new(2).unwrap();
        let Case { variant, version, params, ref password, ref salt, .. } = case;
        let tag = case.by_the_engine(Kernel::fastest());
        let mut encoded = Encoded { variant, version, params, salt: salt.clone(), tag };
        prop_assert!(verifier.matches(&encoded, password).unwrap());
        let longer = [&password[..], b"x"].concat();
        prop_assert!(!verifier.matches(&encoded, &longer).unwrap());
        *encoded.tag.last_mut().unwrap() ^= 1;
        prop_assert!(!verifier.matches(&encoded, password).unwrap());
    }
}

/// Reads a case a line, and prints the C reference's tag of each.
const REFERENCE: &str = "\
import sys
from argon2.low_level import Type, core, ffi
for line in sys.stdin:
    variant, version, m, t, p, length, salt, password, secret, data = line.rstrip('\\n').split(' ')
    tag = ffi.new('uint8_t[]', int(length))
    salt, password, secret, data = [bytes.fromhex(text) for text in (salt, password, secret, data)]
    kept = [ffi.from_buffer(field) for field in (password, salt, secret, data)]
    context = ffi.new('argon2_context *', dict(out=tag, outlen=int(length), version=int(version),
        pwd=kept[0], pwdlen=len(password), salt=kept[1], saltlen=len(salt), secret=kept[2],
        secretlen=len(secret), ad=kept[3], adlen=len(data), t_cost=int(t), m_cost=int(m), lanes=int(p),
        threads=1, allocate_cbk=ffi.NULL, free_cbk=ffi.NULL, flags=0))
    kind = {'argon2d': Type.D, 'argon2i': Type.I, 'argon2id': Type.ID}[variant]
    assert core(context, kind.value) == 0
    print(bytes(tag).hex())
";

/// SECURITY.md: "those for x86-64 also the tags of the C reference"
#[cfg(unix)]
#[test]
#[ignore = "needs Python's argon2-cffi"]
fn the_c_reference_agrees() {
    use std::io::Write as _;
    let mut runner = TestRunner::default();
    let count = runner.config().cases.min(FOR_THE_REFERENCE);
    let cases: Vec<Case> = (0..count).map(|_| a_case().new_tree(&mut runner).unwrap().current()).collect();
    let mut lines = String::new();
    for case in &cases {
        let (variant, version) = (case.variant.name(), case.version.number());
        let (m, t, p) = (case.params.memory_kib(), case.params.iterations(), case.params.parallelism());
        let fields = [&case.salt, &case.password, &case.secret, &case.associated_data].map(hex::encode);
        let [salt, password, secret, data] = fields;
        writeln!(
            lines,
            "{variant} {version} {m} {t} {p} {} {salt} {password} {secret} {data}",
            case.tag_bytes
        )
        .unwrap();
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
        for kernel in kernels() {
            assert_eq!(hex::encode(case.by_the_engine(kernel)), tag, "{kernel:?}, {case:?}");
        }
    }
}
