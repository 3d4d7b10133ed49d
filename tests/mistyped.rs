//! What looks like an option, or was meant for one, is refused, and the hint leads to the option that was meant. No
//! text of an argument is printed.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CHEAP, tc_calendar, verifies};

const UNKNOWN: &str = "unknown option";
const ENCODED: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE";

/// The hint of a run that is refused.
#[track_caller]
fn hint(arguments: &[&str], message: &str) -> String {
    let outcome = tc_calendar(arguments).run();
    outcome.fails(2, message);
    outcome.stderr.lines().nth(1).unwrap().trim_start_matches("hint: ").to_owned()
}

/// docs/shells.md: "A mistyped option is an error, never a password. So is a word that begins with another kind of
/// dash, as word processors write it, or that is the name of an option after a slash"
#[test]
fn a_word_that_looks_like_an_option_is_no_password() {
    let dashes = "‐‑‒–—―−﹘﹣－⸺⸻֊־᐀᠆⸗⸚⹀⹝〜〰゠︱︲⁓⁻₋\u{10D6E}\u{10EAD}";
    for dash in dashes.chars() {
        for secret in
            [format!("{dash}s3cret"), format!("{dash}{dash}s3cret"), format!("\u{200B}{dash}s3cret")]
        {
            for arguments in
                [&["--hash_pass"][..], &["--hash_pass", "password"], &["--verify"], &["--inspect"], &[]]
            {
                tc_calendar(arguments).secret(&secret).run().fails(2, UNKNOWN);
            }
            tc_calendar([&secret]).hiding(&*secret).args(["--hash_pass"]).run().fails(2, UNKNOWN);
        }
        tc_calendar(["--verify", ENCODED, &format!("{dash}password-stdin")]).run().fails(2, UNKNOWN);
    }
    for word in [
        "\u{FEFF}--quiet",
        "/password-stdin",
        "/PASSWORD_STDIN",
        "/hash_pass",
        "/config:x",
        "/key=/a",
        "/q",
        "/V",
    ] {
        tc_calendar(["--hash_pass", word]).run().fails(2, UNKNOWN);
        tc_calendar(["--hash_pass", "password", word]).run().fails(2, UNKNOWN);
        tc_calendar(["--verify", ENCODED, word]).run().fails(2, UNKNOWN);
    }
}

/// docs/shells.md: "as a password it needs the same"
#[test]
fn a_password_that_looks_like_an_option_follows_an_equals_sign_or_two_dashes() {
    for password in ["–password-stdin", "—", "−1", "/password-stdin", "/q"] {
        let attached = tc_calendar(CHEAP).args([format!("--hash_pass={password}")]).run();
        assert!(verifies(attached.lines()[0], password), "{password}");
        let behind = tc_calendar(CHEAP).args(["--hash_pass", "first", "--", password, "--"]).run();
        let [first, second, third] = behind.lines()[..] else { panic!("{behind:?}") };
        assert!(
            verifies(first, "first") && verifies(second, password) && verifies(third, "--"),
            "{password}"
        );
        tc_calendar(["--hash_pass", password, "--", password]).run().fails(2, UNKNOWN);
    }
    for password in ["/", "//", "/etc/passwd", "/admin/password", "/s3cret", "s-3", "a–b", "-"] {
        let outcome = tc_calendar(CHEAP).args(["--hash_pass", password]).run();
        assert!(verifies(outcome.lines()[0], password), "{password}");
    }
}

#[test]
fn the_hint_names_the_option_that_was_meant() {
    let plain_dashes = "options start with plain dashes (-)";
    let attach = "if the password starts with a dash: --hash_pass=<password>";
    let dash_of_password = format!("{plain_dashes}; if it is the password: --hash_pass=<password>");
    for word in
        ["–password-stdin", "—password-stdin", "−−password-stdin", "/password-stdin", "–PASSWORD_STDIN"]
    {
        let meant = format!("did you mean --password-stdin? {dash_of_password}");
        assert_eq!(hint(&["--hash_pass", word], UNKNOWN), meant, "{word}");
        let meant = format!("did you mean --password-stdin? {plain_dashes}");
        assert_eq!(hint(&["--verify", ENCODED, word], UNKNOWN), meant, "{word}");
    }
    assert_eq!(hint(&["--hash_pass", "–s3cret"], UNKNOWN), dash_of_password);
    assert_eq!(hint(&["--calibrate", "−5"], UNKNOWN), plain_dashes);
    for mode in ["—hash_pass", "–hash_pass", "/hash_pass", "/HASH-PASS", "‑‑hash_pass"] {
        let meant = format!("did you mean --hash_pass? {plain_dashes}");
        assert_eq!(hint(&[mode, "hunter2"], UNKNOWN), meant, "{mode}");
    }
    // Where no password can stand, nothing is said of passwords.
    for mode in [
        "-hash_pass",
        "--hash_password",
        "--hash_passwords=x",
        "-HASH-PASS",
        "--hash",
        "--HASH-PASS",
        "--hash_pas",
    ] {
        assert_eq!(hint(&[mode, "hunter2"], UNKNOWN), "did you mean --hash_pass?", "{mode}");
    }
    for (mistyped, meant) in [
        ("--he", "--help"),
        ("-helpp", "--help"),
        ("-v", "--version"),
        ("--v", "--version"),
        ("-version", "--version"),
        ("--ver", "--verify or --version"),
    ] {
        assert_eq!(hint(&[mistyped], UNKNOWN), format!("did you mean {meant}?"), "{mistyped}");
    }
    for mode in ["--verify", "--inspect", "--calibrate", "--generate"] {
        for mistyped in ["--s3cret", "-1", "-x", "-v", "--ver", "-helpp", "--random-of", "--create"] {
            assert_eq!(
                hint(&[mode, mistyped], UNKNOWN),
                "for all options: tc_calendar --help",
                "{mode} {mistyped}"
            );
        }
        let alone = hint(&[mode, "--version"], "--version must be the only argument");
        assert_eq!(alone, "ask alone: tc_calendar --version");
    }
    assert_eq!(
        hint(&["--verify", "--password"], UNKNOWN),
        "did you mean --password-file FILE or --password-stdin or --password-env NAME?"
    );
    assert_eq!(hint(&["--verify", "--lines-of"], UNKNOWN), "did you mean --lines?");
    assert_eq!(hint(&["--inspect", "--lines-of"], UNKNOWN), "for all options: tc_calendar --help");
    assert_eq!(hint(&["--inspect", "--password"], UNKNOWN), "for all options: tc_calendar --help");
    for (word, mode) in [
        ("hash_pass", "--hash_pass"),
        ("hashpass", "--hash_pass"),
        ("VERIFY", "--verify"),
        ("calib", "--calibrate"),
    ] {
        let meant = format!("did you mean {mode}? for all options: tc_calendar --help");
        assert_eq!(hint(&[word, "hunter2"], "no mode given"), meant, "{word}");
    }
    for (long, meant) in [
        ("-password", "--password-file FILE or --password-stdin or --password-env NAME"),
        ("-config", "--config FILE"),
        ("-memory=64MiB", "--memory SIZE"),
        ("-iterations", "--iterations N"),
        ("-profile:owasp", "--profile NAME"),
        ("-quiet", "--quiet"),
    ] {
        let meant = format!("did you mean {meant}? {attach}");
        assert_eq!(hint(&["--hash_pass", long, "hunter2"], UNKNOWN), meant, "{long}");
        assert_eq!(hint(&["--hash_pass", "-p", "four", long], UNKNOWN), meant, "{long}");
    }
}

#[test]
fn short_options_stay_what_they_are() {
    let outcome = tc_calendar(["-qm8", "-t1", "-p", "1", "--hash_pass", "hunter2"]).run();
    assert!(verifies(outcome.lines()[0], "hunter2"));
    assert_eq!(hint(&["--hash_pass", "-p", "four"], "invalid value for --parallelism"), "use a whole number");
    assert_eq!(
        hint(&["--hash_pass", "-m64X"], "invalid value for --memory").split(',').next(),
        Some("use a number of KiB")
    );
}

/// PowerShell gives a program these arguments for `--hash_pass {s3cret}`.
#[test]
fn a_script_block_of_powershell_is_named_and_not_decoded() {
    let script = "cwAzAGMAcgBlAHQA";
    for first in [&["--hash_pass"][..], &["-q", "--hash_pass", "--config", "config.json", "--key"]] {
        let run = tc_calendar(first).args(["-encodedCommand"]).secret(script).hiding("s3cret");
        let outcome = run.args(["-inputFormat", "xml", "-outputFormat", "text"]).run();
        outcome.fails(2, "a script block in braces was given");
        assert!(outcome.stderr.ends_with(
            "hint: in PowerShell, braces make a script block; put the password in single quotes\n"
        ));
    }
    let password = tc_calendar(CHEAP).args(["--hash_pass", "--", "-encodedCommand"]).run();
    assert!(verifies(password.lines()[0], "-encodedCommand"));
}

/// PowerShell makes an argument of each line of `(Get-Content hash.txt)`, sh of each word of `$(cat hash.txt)`.
#[test]
fn lines_of_a_file_where_one_hash_belongs_are_named() {
    for mode in ["--verify", "--inspect"] {
        let lines = format!("{mode} takes one hash; if these are the lines of a file, give one of them");
        for words in [&[ENCODED, ENCODED][..], &[ENCODED, ""], &["admin:", ENCODED], &[ENCODED, "", ENCODED]]
        {
            assert_eq!(hint(&[&[mode], words].concat(), "unexpected argument"), lines, "{words:?}");
        }
    }
    let password = hint(&["--verify", ENCODED, "hunter2"], "unexpected argument");
    assert!(password.starts_with("the password is not an argument here"), "{password}");
}

/// docs/cost.md: "`--cost` takes what `--calibrate` prints, with `--cost=` before it or without."
#[test]
fn a_cost_may_be_what_calibrate_printed() {
    let printed = "--cost=m=16,t=2,p=1";
    let with_line_end = format!("{printed}\r\n");
    for arguments in [
        &["--cost", printed][..],
        &["--cost", &with_line_end],
        &[&format!("--cost={printed}")],
        &[&format!("--cost={with_line_end}")],
        &[printed],
        &[&with_line_end],
        &["--cost", " m=16,t=2,p=1 "],
    ] {
        let outcome = tc_calendar(["-q", "--hash_pass", "hunter2"]).args(arguments).run();
        assert!(outcome.lines()[0].contains("$m=16,t=2,p=1$"), "{arguments:?}");
    }
    for value in ["-q", "--", "--cost=", "--cost=--cost=m=16,t=2,p=1", "--profile=owasp"] {
        assert_eq!(
            hint(&["--hash_pass", "hunter2", "--cost", value], "invalid value for --cost"),
            "use the three numbers, for example m=65536,t=3,p=4"
        );
    }
}

#[test]
fn listed_values_are_taken_in_any_case() {
    let owasp = tc_calendar(["--hash_pass", "hunter2", "--profile", "OWASP", "--format", "Label"]).run();
    assert!(
        owasp.lines()[0].starts_with("Your encrypted data: $argon2id$v=19$m=19456,t=2,p=1$"),
        "{owasp:?}"
    );
    for format in [&["--format", "JSON"][..], &["--format=Json"]] {
        let outcome = tc_calendar(CHEAP).args(["--hash_pass", "hunter2"]).args(format).run();
        assert!(outcome.lines()[0].starts_with("{\"encoded\":"), "{outcome:?}");
        let outcome = tc_calendar(["--hash_pass", ""]).args(format).run();
        assert!(outcome.stderr.starts_with("{\"error\":\"the password is empty\""), "{outcome:?}");
    }
    let text = |name: &str| tc_calendar(["--generate", name]).run().stdout;
    assert_eq!(text("Complete-PowerShell"), text("complete-powershell"));
    assert_eq!(text("MAN"), text("man"));
}
