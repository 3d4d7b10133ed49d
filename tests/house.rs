//! The structure of the source: imports go one way, and only `cli` and `run` name options. And in CI,
//! no test is left out.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tc_calendar::cli::options;

/// CI sets the variable, so that a run there fails if it leaves the ignored tests out. nextest starts a
/// process for each test and does not tell it.
#[test]
fn where_all_tests_are_wanted_none_is_left_out() {
    let all = std::env::var("TC_CALENDAR_TESTS").is_ok_and(|tests| tests == "all");
    let told =
        std::env::var_os("NEXTEST").is_some() || std::env::args().any(|word| word == "--include-ignored");
    assert!(told || !all, "TC_CALENDAR_TESTS=all wants: cargo test --locked -- --include-ignored");
}

/// The layers, from the top down. A file may import only from its own layer and those below.
const LAYERS: [&str; 11] = [
    "main",
    "run",
    "advice",
    "cli",
    "password",
    "hash",
    "config_file",
    "output",
    "batch",
    "status",
    "system",
];

fn sources() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { &mut folders } else { &mut files }.push(path);
        }
    }
    files
}

/// `hash::params` for `src/hash/params.rs`.
fn module(file: &Path) -> String {
    let relative = file.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let parts: Vec<_> =
        relative.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    parts.join("::")
}

/// The code of a file, without comments and tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that a file imports, through `crate::`, `tc_calendar::`, `super::` or a child module.
fn imports(file: &Path, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let own = module(file);
    let parent = own.rsplit_once("::").map_or("", |(parent, _)| parent).to_owned();
    let code = code(file).replace("pub(super)", "pub").replace("pub(crate)", "pub");
    let mut found = BTreeSet::new();
    for (prefix, base) in [("crate::", ""), ("tc_calendar::", ""), ("super::", parent.as_str())] {
        for (at, _) in code.match_indices(prefix) {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' || before == ':' {
                continue;
            }
            let rest = &code[at + prefix.len()..];
            let end =
                rest.find([';', '(', ')', '<', '>', '\'', '?', '&', '=', '|', '"']).unwrap_or(rest.len());
            for path in expand(&rest[..end].split_whitespace().collect::<String>()) {
                let path = if base.is_empty() { path } else { format!("{base}::{path}") };
                found.extend(
                    modules
                        .iter()
                        .filter(|module| is_in(&path, module))
                        .max_by_key(|module| module.len())
                        .cloned(),
                );
            }
        }
    }
    // `mod x; use x::Y;` and `x::Y` in the parent of `x`.
    for child in
        modules.iter().filter(|child| child.rsplit_once("::").is_some_and(|(parent, _)| parent == own))
    {
        let name = child.rsplit("::").next().unwrap();
        let forms =
            [format!("use {name}::"), format!(" {name}::"), format!("use {name} as"), format!("use {name};")];
        if forms.iter().any(|form| code.contains(form)) {
            found.insert(child.clone());
        }
    }
    found.remove(&own);
    found
}

/// Whether a path leads to a module or to something in it.
fn is_in(path: &str, module: &str) -> bool {
    path == module || path.strip_prefix(module).is_some_and(|rest| rest.starts_with("::"))
}

/// `a::{b, c::D}` as `a::b` and `a::c::D`.
fn expand(path: &str) -> Vec<String> {
    let Some((start, rest)) = path.split_once('{') else {
        return path.split(',').take(1).map(str::to_owned).collect();
    };
    let mut parts = Vec::new();
    let (mut depth, mut part) = (0, String::new());
    for letter in rest.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part);
    parts.iter().flat_map(|part| expand(part)).map(|part| format!("{start}{part}")).collect()
}

fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let files: Vec<PathBuf> = sources().into_iter().filter(|file| !file.ends_with("lib.rs")).collect();
    let modules = files.iter().map(|file| module(file)).collect();
    files.iter().map(|file| (module(file), imports(file, &modules))).collect()
}

fn layer(module: &str) -> usize {
    let name = module.split("::").next().unwrap();
    LAYERS.iter().position(|layer| *layer == name).unwrap_or_else(|| panic!("{name} is in no layer"))
}

#[test]
fn every_form_of_import_is_found() {
    let graph = graph();
    let imports = |module: &str, other: &str| graph[module].contains(other);
    assert!(imports("cli::man", "cli::help"), "super::a::{{self, C}}");
    assert!(imports("run", "cli::man"), "crate::a::{{b, c}}");
    assert!(imports("main", "system::process"), "tc_calendar::a::b");
    assert!(imports("advice::hashes", "advice::words"), "super::a::B");
    assert!(imports("config_file::edit", "config_file::edit::locate"), "a child's item");
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 100);
}

#[test]
fn imports_go_only_to_lower_layers() {
    for (module, imports) in graph() {
        for import in imports {
            assert!(layer(&module) <= layer(&import), "{module} imports {import}, which is above it");
        }
    }
}

#[test]
fn imports_form_no_circle() {
    let mut graph = graph();
    // Remove modules that import nothing until none is left. Only a circle stays.
    while let Some(leaf) = graph.iter().find(|(_, imports)| imports.is_empty()).map(|(leaf, _)| leaf.clone())
    {
        graph.remove(&leaf);
        for imports in graph.values_mut() {
            imports.remove(&leaf);
        }
    }
    assert!(graph.is_empty(), "a circle is among {graph:#?}");
}

/// Only so does a match mean that two implementations agree.
/// README.md: "`--verify` uses a different Argon2 library from `--hash_pass`"
/// SECURITY.md: "verifies each hash with the crate `argon2`, which shares no code with it"
#[test]
fn the_verifier_has_nothing_of_the_engine() {
    let graph = graph();
    let mut reached = BTreeSet::from(["hash::verifier".to_owned()]);
    let mut rest: Vec<String> = reached.iter().cloned().collect();
    while let Some(module) = rest.pop() {
        rest.extend(graph[&module].iter().filter(|import| reached.insert((*import).clone())).cloned());
    }
    let is_engine = |module: &str| is_in(module, "hash::engine");
    assert!(!reached.iter().any(|module| is_engine(module)), "{reached:?}");
    for file in sources() {
        let uses_the_verifiers_crate = code(&file).contains("argon2::");
        assert!(!(is_engine(&module(&file)) && uses_the_verifiers_crate), "{}", file.display());
        assert!(module(&file) != "hash::verifier" || uses_the_verifiers_crate);
    }
}

/// docs/cost.md: "It measures with the library that verifies, because that is what every login costs."
#[test]
fn calibrating_uses_the_verifier_and_no_hasher() {
    let imports = &graph()["run::calibrate"];
    assert!(imports.contains("hash::verifier"));
    assert!(!imports.contains("hash::hasher") && !imports.contains("hash::engine"), "{imports:?}");
}

#[test]
fn only_cli_and_the_layers_above_name_options() {
    for file in sources() {
        let module = module(&file);
        if module == "lib" || layer(&module) <= layer("cli") {
            continue;
        }
        let code = code(&file).replace("\\\"", "");
        for text in code.split('"').skip(1).step_by(2) {
            assert!(words(text).next().is_none(), "{module}: {text}");
        }
    }
}

#[test]
fn every_option_that_a_message_names_exists() {
    let command = options::command();
    let own = command.get_arguments().filter_map(|argument| argument.get_long());
    let known: Vec<String> = own.chain(["help", "version"]).map(|long| format!("--{long}")).collect();
    let mut named = 0;
    for file in sources().iter().filter(|file| module(file) != "lib" && layer(&module(file)) <= layer("cli"))
    {
        for word in words(&code(file)) {
            assert!(known.contains(&word), "{}: {word}", file.display());
            named += 1;
        }
    }
    assert!(named > 40, "{named}");
}

/// All words that look like options: `--config`.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices("--").filter_map(|(at, _)| {
        let rest = &text[at + 2..];
        let end =
            rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_' || c == '-')).unwrap_or(rest.len());
        let begins = !text[..at].ends_with('-') && rest.starts_with(|c: char| c.is_ascii_lowercase());
        begins.then(|| format!("--{}", rest[..end].trim_end_matches('-')))
    })
}
