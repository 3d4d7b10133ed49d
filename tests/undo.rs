//! What was done to a hash on its way is undone and named, and never used.
#![allow(clippy::unwrap_used)]

mod common;

use base64ct::{Base64, Encoding};
use common::tc_calendar;
use tc_calendar::hash::diagnose;

const HEAD: &str = "$argon2id$v=19$m=16,t=2,p=1";
const SALT: &str = "b+/hMzBPyzYEmCzs+Y/LDw";
const TAG: &str = "GTUW/1fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g";
const DOUBLED: &str = "has doubled $ signs, as in a Compose file or a Makefile";
const ESCAPES: &str = "has backslash escapes, as in JSON or a script";
const IN_URL: &str = "is percent-encoded, as in a URL";
const IN_HTML: &str = "is written in HTML, as in the source of a web page";
const IN_MAIL: &str = "is written in quoted-printable, as in the source of a mail";
const URL_SAFE: &str = "has - and _ in place of + and /, as URL-safe base64 has";
const PADDING: &str = "has = padding, which Argon2 hashes do not use";
const PREFIX: &str = "has a prefix, as Django, Spring and LDAP servers store it";
const QUOTED: &str = "has a quotation mark or a backtick at position 1";
const OTHER_TEXT: &str = "has other text before it, after it or in it";
const RESPELLED: &str = "is spelled in another way before its salt";
const PASTE: &str = "has a terminal's marks of a paste around it";
const COLORS: &str = "has a terminal's codes for colors";
const IN_HEX: &str = "is written in hexadecimal";
const IN_BASE64: &str = "is encoded in base64";

/// A hash with `+` and `/` in its salt and in its tag.
fn hash() -> String {
    format!("{HEAD}${SALT}${TAG}")
}

fn with(from: &str, to: &str) -> String {
    hash().replace(from, to)
}

fn base64(text: &str) -> String {
    Base64::encode_string(text.as_bytes())
}

/// With what stands before all and before each byte.
fn hex(text: &str, start: &str, separator: &str) -> String {
    start.to_owned() + &text.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(separator)
}

fn percent(text: &str) -> String {
    let encode = |c: char| if c.is_alphanumeric() { c.to_string() } else { format!("%{:02X}", u32::from(c)) };
    text.chars().map(encode).collect()
}

/// In an argument and in a config, the text is refused with what was done to it. Nobody is told that a login needs it,
/// unless there is other text before the hash.
#[track_caller]
fn assert_named<const N: usize>(cases: [(String, &str); N]) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    for (text, done) in cases {
        let may_be_a_login = done.contains(OTHER_TEXT) && !text.starts_with("$argon2");
        let outcome = tc_calendar(["--inspect"]).secret(&text).run();
        outcome.fails(2, &format!("the hash {done}"));
        std::fs::write(&config, serde_json::json!({ "a": text }).to_string()).unwrap();
        for (mode, message) in [
            ("--verify", format!("in the config: the hash {done}")),
            (
                "--hash_pass",
                if may_be_a_login {
                    "/a in the config is text that is not a hash".to_owned()
                } else {
                    format!("/a in the config is a damaged hash: the hash {done}")
                },
            ),
        ] {
            let outcome =
                tc_calendar([mode, "--key", "/a", "--config"]).args([&config]).piped("hunter2").run();
            outcome.fails(2, &message);
            assert!(outcome.stderr.contains("login") == may_be_a_login, "{outcome:?}");
        }
    }
}

/// docs/shells.md: "it undoes what could have been done to it, and names what made a hash of it"
#[test]
fn what_programs_do_is_named() {
    let hash = hash();
    assert_named([
        (with("$", "$$"), DOUBLED),
        (with("$", "$$$$"), DOUBLED),
        (with("$v", "$$v"), DOUBLED),
        (with("$", "\\$"), ESCAPES),
        (with("$m", "\\$m"), ESCAPES),
        (with("$", "\\\\$"), ESCAPES),
        (with("$", "`$"), QUOTED),
        (with("=", "^="), "has a sign too many (^) at position 12"),
        (with("$", "^$"), "has a sign too many (^) at position 1"),
        (with("$v", "${v}"), "has a sign too many ({) at position 11"),
        (with("/", "\\"), "has \\ in place of /"),
        (hash[1..].to_owned(), "lacks a $, or several"),
        (with("$", ""), "lacks a $, or several"),
        (hash[3..].to_owned(), "lacks its start"),
        (hash[24..].to_owned(), "lacks its start"),
        (with("/", "\\/"), ESCAPES),
        (with("+", "\\u002B"), ESCAPES),
        (with("=", "\\u003d"), ESCAPES),
        (with("$", "\\x24"), ESCAPES),
        (with("$", "\\044"), ESCAPES),
        (with("$", "\\u{24}"), ESCAPES),
        (with("$", "\\U00000024"), ESCAPES),
        (format!("b'{hash}'"), OTHER_TEXT),
    ]);
}

#[test]
fn what_pages_and_mail_do_is_named() {
    let hash = hash();
    assert_named([
        (with("$", "&#36;"), IN_HTML),
        (with("=", "&#x3D;"), IN_HTML),
        (with("+", "&plus;"), IN_HTML),
        (with("/", "&#047;"), IN_HTML),
        (format!("<b>{hash}</b>"), IN_HTML),
        (with("t=2", "t<wbr>=2"), IN_HTML),
        (percent(&hash), IN_URL),
        (percent(&percent(&hash)), IN_URL),
        (with("=", "%3D"), IN_URL),
        (with("/", "%2f"), IN_URL),
        (with("+", " "), "has a space in place of each +"),
        (format!("{HEAD}${}${}", SALT.replace('+', "-").replace('/', "_"), TAG.replace('/', "_")), URL_SAFE),
        (with("=", "=3D"), IN_MAIL),
        (with("$GTUW", "$G=\r\nTUW"), IN_MAIL),
        (with("=", "=3D").replace("$GTUW", "=24GT= UW"), IN_MAIL),
        (
            with("$GTUW", "$\n  GTUW"),
            "has a line break at position 52, and has a space or a tab at position 53",
        ),
        (with("=", "=3d"), IN_MAIL),
        (with("$GTUW", "$GT=UW"), "has a sign too many (=) at position 54"),
        (with("$GTUW", "$GT&shy;UW"), IN_HTML),
        (format!("&quot;{hash}&quot;&nbsp;"), IN_HTML),
        (base64(&hash), IN_BASE64),
        (format!("userPassword:: {}", base64(&hash)), IN_BASE64),
        (format!("{{ARGON2ID.b64}}{}", base64(&hash)), IN_BASE64),
        (format!("data:;base64,{}", base64(&hash)), IN_BASE64),
        (hex(&hash, "\\x", ""), IN_HEX),
        (hex(&hash, "0x", ""), IN_HEX),
        (hex(&hash, "", ":"), IN_HEX),
        (base64(&hash).replace('+', "-").replace('/', "_").replace('=', ""), "is encoded in base64"),
        (base64(&hash.chars().flat_map(|c| [c, '\0']).collect::<String>()), "is encoded in base64"),
        (format!("{hash}="), PADDING),
        (with(SALT, &format!("{SALT}==")), PADDING),
    ]);
}

#[test]
fn what_stands_around_a_hash_is_named() {
    let hash = hash();
    assert_named([
        (format!(" {hash}"), "has a space or a tab at position 1"),
        (format!("'{hash}'"), QUOTED),
        (format!("\u{201C}{hash}\u{201D}"), QUOTED),
        (format!("{hash}`"), "has a quotation mark or a backtick at position 95"),
        (format!("{hash},"), "has a sign too many (,) at position 95"),
        (format!("({hash})"), "has a sign too many (() at position 1"),
        (format!("{hash}$"), "has a sign too many ($) at position 95"),
        (format!("{hash}\u{23CE}"), "has a sign too many (\u{23CE}) at position 95"),
        (
            format!("=\"{hash}\""),
            "has a sign too many (=) at position 1, and has a quotation mark or a backtick at position 2",
        ),
        (format!("\u{1B}[200~{hash}\u{1B}[201~"), PASTE),
        (format!("[200~{hash}"), PASTE),
        (format!("\u{1B}[32m{hash}\u{1B}[0m"), COLORS),
        (with("$v", "[m[K$v").replace("$argon", "[01;31m[K$argon"), COLORS),
        (format!("INSERT INTO a VALUES ('b', '{hash}');"), OTHER_TEXT),
        (format!("{{CRYPT}}{hash}"), PREFIX),
        (format!("\"password\": \"{hash}\","), OTHER_TEXT),
        (format!("ADMIN_TOKEN={hash}"), OTHER_TEXT),
        (format!("admin:{hash}:19000:0:"), OTHER_TEXT),
        (format!("{hash},x=1"), OTHER_TEXT),
        (format!("argon2{hash}"), PREFIX),
        (format!("{{ARGON2}}{hash}"), PREFIX),
        (format!("{{argon2@SpringSecurity_v5_8}}{hash}"), PREFIX),
        (format!("{hash}{hash}"), "is followed by another hash"),
        (format!("{hash}\n{hash}"), "is followed by another hash"),
        (format!("{hash},{hash}"), "is followed by another hash"),
    ]);
}

#[test]
fn other_characters_are_named() {
    let hash = hash();
    assert_named([
        (format!("\u{FEFF}{hash}"), "has an invisible character (U+FEFF) at position 1"),
        (format!("{hash}\u{A0}"), "has an invisible character (U+00A0) at position 95"),
        (with("$GTUW", "$G\u{200B}TUW"), "has an invisible character (U+200B) at position 53"),
        (with("$v", "\u{AD}$v"), "has an invisible character (U+00AD) at position 10"),
        (format!("\u{202A}{hash}\u{202C}"), "has an invisible character (U+202A) at position 1"),
        (with("=", "\u{FF1D}"), "has a character at position 12 that only looks like the right one"),
        (with("$a", "$\u{430}"), "has a character at position 2 that only looks like the right one"),
        (with("$a", "$A"), "has capital letters before its salt"),
        (with("UW/", "U/\u{2044}"), "has a character at position 56 that only looks like the right one"),
        (with("$", "\u{A3}"), RESPELLED),
        (with("$m", ",m"), RESPELLED),
        (with("=", " ").replace(',', " "), RESPELLED),
        (with("$", "${DOLLAR}"), RESPELLED),
        (with(",", ";"), RESPELLED),
    ]);
}

#[test]
fn several_things_at_once_are_named() {
    let hash = hash();
    assert_named([
        (format!("\"{}\"", with("$", "\\$")), &format!("{ESCAPES}, and {QUOTED}")),
        (format!("\"{}\"", with("+", "\\u002B")), &format!("{ESCAPES}, and {QUOTED}")),
        (base64(&format!("{hash}\n")), "is encoded in base64, and has a line break"),
        (
            percent(&base64(&format!("'{hash}'"))),
            "is encoded in base64, and has a quotation mark or a backtick",
        ),
        (
            with("$GTUW", "\\$GT\u{200B}UW").replace("$v", "\\$v"),
            &format!("{ESCAPES}, and has an invisible character (U+200B) at position 56"),
        ),
        (
            format!("Hash: {}", with("$GTUW", "$G\n TUW").replace('$', "$$")),
            &format!(
                "{DOUBLED}, and has a sign too many (:) at position 5, and has a space or a tab at position 6, \
                 and has a line break at position 64, and {OTHER_TEXT}"
            ),
        ),
        (with("$", "\\u0026#36;"), &format!("{ESCAPES}, and {IN_HTML}")),
        (format!("{{ARGON2}}{hash}").replace('$', "$$"), &format!("{DOUBLED}, and {PREFIX}")),
        (
            format!("'{}'", with("$GTUW", "$G\u{200B}TUW")),
            &format!("{QUOTED}, and has an invisible character (U+200B) at position 54"),
        ),
    ]);
}

/// Texts with something for each step to undo, as long as is read, and again after it is undone.
#[test]
fn a_text_that_can_be_undone_in_many_ways_is_refused() {
    let pieces =
        ["\\u0025", "%2525", "&amp;", "=3D", "$$", " \u{FF04}", "-_", "'", "=\n", "$argon2id$", "A="];
    for text in [pieces.concat(), pieces.concat() + "dGVzdA", format!("{}$a$a", pieces.concat())] {
        let text = text.repeat(4_096 / text.len());
        assert!(diagnose::read(text.as_ref()).is_err());
    }
}

/// What is lost cannot be undone, but named.
#[test]
fn what_is_lost_is_named() {
    const BY_A_SHELL: &str = "parts of the hash are missing: a shell or make took them for variables";
    const CUT_OFF: &str = "the hash is cut off";
    const SMALL: &str = "the hash has only small letters: which of them were capitals is lost";
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let rest = "/hMzBPyzYEmCzs+Y/LDw/1fVoKZkgVqVKErwl+IdBBIvaxDS9Fl6UvcdZ8g";
    for (text, message) in [
        (format!("1.2=19hello=16,t=2,p=1{rest}"), BY_A_SHELL),
        (format!("True=1912=16,t=2,p=1{rest}"), BY_A_SHELL),
        (format!("7.6.9=19=16,t=2,p=1{rest}"), BY_A_SHELL),
        (format!("'=19=16,t=2,p=1{rest}'"), BY_A_SHELL),
        (hash()[..80].to_owned() + "...", CUT_OFF),
        (hash()[..67].to_owned() + "\u{2026}", CUT_OFF),
        (format!("{HEAD}${}${}", SALT.to_lowercase(), "a".repeat(43)), SMALL),
        (format!("{HEAD}${SALT}"), CUT_OFF),
        (format!("{HEAD},keyid=Hj5${SALT}${TAG}"), "the hash has a keyid or data field"),
        (with("v=19", "v=13"), "unsupported Argon2 version"),
    ] {
        let outcome = tc_calendar(["--inspect"]).secret(&text).run();
        assert!(outcome.stderr.starts_with(&format!("error: {message}")), "{outcome:?}");
        std::fs::write(&config, serde_json::json!({ "a": text }).to_string()).unwrap();
        let outcome = tc_calendar(["--hash_pass", "--if-needed", "--key=/a", "--config"])
            .args([&config])
            .piped("x")
            .run();
        let expected = format!("error: {}: /a in the config is a damaged hash: {message}", config.display());
        assert!(outcome.stderr.starts_with(&expected), "{outcome:?}");
        assert!(outcome.stderr.ends_with("write a new hash over it: --replace\n"), "{outcome:?}");
    }
}

/// What only looks like a hash may be a password that a login needs. So may text that has a hash in it.
#[test]
fn what_only_looks_like_a_hash_may_be_a_login() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let with_login = format!("bind=cn=svc;secret=hunter2;check={}", hash());
    for text in [
        with_login.as_str(),
        "$argon2id$ is what I use",
        "$argon2sucks, my password",
        "my$argon2id",
        "p=4$abc$def",
        "$1$oops",
        "{SSHA}",
        "m=16,t=2,p=1",
        SALT,
        TAG,
    ] {
        std::fs::write(&config, serde_json::json!({ "a": text }).to_string()).unwrap();
        let outcome = tc_calendar(["--hash_pass", "--key=/a", "--config"]).args([&config]).piped("x").run();
        assert_eq!(outcome.status, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains("hint: a login may need it"), "{outcome:?}");
    }
}
