//! Argon2 test vectors: the selection in this repository, and the full set if it is available.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tc_calendar::hash::encoded::{Variant, Version};
use tc_calendar::hash::params::Params;

/// One known answer.
pub struct Vector {
    pub id: String,
    pub variant: Variant,
    pub version: Version,
    pub params: Params,
    pub password: Vec<u8>,
    pub salt: Vec<u8>,
    pub secret: Vec<u8>,
    pub associated_data: Vec<u8>,
    pub tag: Vec<u8>,
    /// False for the few vectors whose tag must not match.
    pub matches: bool,
}

/// The selection in this repository.
pub fn own() -> Vec<Vector> {
    read(include_str!("../data/generated.jsonl"))
}

/// Tags that the tests of other projects have, and that are not in the full set.
pub fn published() -> Vec<Vector> {
    read(include_str!("../data/published.jsonl"))
}

/// The text of a file of the full set.
pub fn outside(file: &str) -> String {
    let folder = std::env::var_os("ARGON2_VECTORS").expect("ARGON2_VECTORS does not name the folder");
    let path = Path::new(&folder).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The vectors in a file's text, one a line.
pub fn read(text: &str) -> Vec<Vector> {
    let vectors: Vec<Vector> =
        text.lines().map(|line| vector(&serde_json::from_str(line).unwrap())).collect();
    assert!(!vectors.is_empty(), "there is no vector");
    vectors
}

fn vector(json: &Value) -> Vector {
    let number = |key: &str| json[key].as_u64().unwrap();
    let bytes = |key: &str| hex::decode(json[key].as_str().unwrap()).unwrap();
    Vector {
        id: number("id").to_string(),
        variant: match json["variant"].as_str().unwrap() {
            "argon2d" => Variant::Argon2d,
            "argon2i" => Variant::Argon2i,
            "argon2id" => Variant::Argon2id,
            other => panic!("unknown variant {other}"),
        },
        version: match number("version") {
            16 => Version::V16,
            19 => Version::V19,
            other => panic!("unknown version {other}"),
        },
        params: Params::new(number("m"), number("t"), number("p")).unwrap(),
        password: bytes("password_hex"),
        salt: bytes("salt_hex"),
        secret: bytes("secret_hex"),
        associated_data: bytes("ad_hex"),
        tag: bytes("tag_hex"),
        matches: match json["expect"].as_str().unwrap() {
            "match" => true,
            "mismatch" => false,
            other => panic!("unknown expectation {other}"),
        },
    }
}
