//! The licences of all that is linked into the programs of a release: complete, and none that `deny.toml` does not
//! allow.
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use common::tc_calendar;

/// The targets of a release, and the text that the program has in it there.
const RELEASED: [(&str, &str); 3] = [
    ("x86_64-unknown-linux-gnu", include_str!("../packaging/licenses/x86_64-unknown-linux-gnu.txt")),
    ("aarch64-unknown-linux-gnu", include_str!("../packaging/licenses/aarch64-unknown-linux-gnu.txt")),
    ("x86_64-pc-windows-gnu", include_str!("../packaging/licenses/x86_64-pc-windows-gnu.txt")),
];
const PORTABLE: &str = include_str!("../packaging/licenses/portable.txt");

/// A part of a text.
struct Section<'a> {
    licence: &'a str,
    /// `anyhow 1.0.104`, or without a version what comes with the compiler.
    libraries: Vec<&'a str>,
    text: &'a str,
}

impl Section<'_> {
    fn has_crates(&self) -> bool {
        self.libraries.iter().any(|library| is_crate(library))
    }
}

/// Whether it is a crate of Cargo.lock, which has a version.
fn is_crate(library: &str) -> bool {
    library
        .split_once(' ')
        .is_some_and(|(_, version)| version.starts_with(|start: char| start.is_ascii_digit()))
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let rule = format!("\n{}\n", "=".repeat(78));
    let section = |part| {
        let (head, text) = str::split_once(part, "\n\n").unwrap();
        let (licence, libraries) = head.split_once('\n').unwrap();
        let libraries = libraries.lines().map(|line| line.strip_prefix("* ").unwrap()).collect();
        Section { licence, libraries, text }
    };
    text.split(&rule).skip(1).map(section).collect()
}

fn libraries(text: &str) -> Vec<&str> {
    sections(text).into_iter().flat_map(|section| section.libraries).collect()
}

/// README.md: "The libraries in the program have their own: `tc_calendar --generate licenses` prints all of them."
#[test]
fn the_program_prints_its_licence_and_those_of_its_target() {
    let outcome = tc_calendar(["--generate", "licenses"]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    assert!(outcome.stdout.contains(include_str!("../LICENSE")));
    let libraries = libraries(&outcome.stdout);
    let has = |name| libraries.iter().any(|library| library.split(' ').next() == Some(name));
    assert!(has("std") && has("core") && has("compiler_builtins") && has("subtle"));
    let released = cfg!(all(not(portable), any(target_os = "linux", windows)));
    assert_eq!(has("glibc"), released && cfg!(target_os = "linux"));
    assert_eq!(has("mingw-w64"), released && cfg!(windows));
    assert_eq!(has("libgcc"), released);
    assert_eq!(has("safe_arch"), cfg!(target_arch = "x86_64"));
    assert_eq!(has("rpassword"), !released);
    let texts: Vec<&str> = sections(&outcome.stdout).iter().map(|section| section.text).collect();
    for (library, title) in [
        ("glibc", "GNU LESSER GENERAL PUBLIC LICENSE"),
        ("libgcc", "GNU GENERAL PUBLIC LICENSE"),
        ("libgcc", "GCC RUNTIME LIBRARY EXCEPTION"),
    ] {
        assert!(!has(library) || texts.iter().any(|text| text.contains(title)), "{title}");
    }
}

#[test]
fn every_crate_is_under_a_licence_that_deny_toml_allows() {
    let list = include_str!("../deny.toml").split_once("\nallow = [").unwrap().1.split_once(']').unwrap().0;
    let allowed: Vec<&str> = list.split(", ").map(|name| name.trim_matches('"')).collect();
    for text in RELEASED.map(|(_, text)| text).into_iter().chain([PORTABLE]) {
        let sections = sections(text);
        assert!(sections.iter().filter(|section| section.has_crates()).count() > 8);
        for section in sections.iter().filter(|section| section.has_crates()) {
            assert!(allowed.contains(&section.licence), "{}: {:?}", section.licence, section.libraries);
        }
    }
}

/// No text is a template whose copyright nobody filled in.
#[test]
fn every_text_is_whole() {
    for text in RELEASED.map(|(_, text)| text).into_iter().chain([PORTABLE]) {
        for Section { licence, libraries, text } in sections(text) {
            let says = match licence {
                "Apache-2.0" => "END OF TERMS AND CONDITIONS",
                "BSD-3-Clause" => "Neither the name of the copyright holder",
                "Unicode-3.0" => "1991-2023 Unicode, Inc.",
                "MIT" | "MIT AND Apache-2.0 WITH LLVM-exception" => "Permission is hereby granted",
                _ => "Copyright",
            };
            assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(says), "{libraries:?}");
            let is_template = licence == "MIT" && text.contains("<copyright holders>");
            assert!(!is_template, "{libraries:?}");
        }
    }
}

/// The crates that cargo links into the program, as `anyhow 1.0.104`.
#[cfg(all(target_os = "linux", not(portable)))]
fn linked_crates(target: &str, offline: &[&str]) -> Vec<String> {
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"])
        .args(["--target", target, "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .args(offline)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let mut crates: Vec<String> = tree
        .lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ").replacen(" v", " ", 1))
        .filter(|library| !library.starts_with("tc_calendar "))
        .collect();
    crates.sort();
    crates.dedup();
    assert!(crates.len() > 40, "{crates:?}");
    crates
}

/// The crates in a text.
#[cfg(all(target_os = "linux", not(portable)))]
fn crates_in(text: &str) -> Vec<&str> {
    let mut crates = libraries(text);
    crates.retain(|library| is_crate(library));
    crates.sort_unstable();
    crates.dedup();
    crates
}

/// If this fails, run `packaging/licenses/collect`.
#[cfg(all(target_os = "linux", not(portable)))]
#[test]
fn every_crate_of_the_program_has_its_licence_and_no_other_has() {
    let target = if cfg!(target_arch = "aarch64") { RELEASED[1].0 } else { RELEASED[0].0 };
    let printed = tc_calendar(["--generate", "licenses"]).run().stdout;
    assert_eq!(crates_in(&printed), linked_crates(target, &["--offline"]));
}

#[cfg(all(target_os = "linux", not(portable)))]
#[test]
#[ignore = "needs the crates of every target of a release, or the network"]
fn every_crate_of_every_release_has_its_licence_and_no_other_has() {
    for (target, text) in RELEASED {
        assert_eq!(crates_in(text), linked_crates(target, &[]), "{target}");
    }
}
