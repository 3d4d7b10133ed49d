//! Texts that stand where a password should be: what programs write for a value that is not text, and placeholders.

use std::fmt;

/// What a program had that wrote such a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandIn {
    SecureString,
    Credential,
    /// Of .NET or Java, an array or a table.
    Collection,
    JavaScriptObject,
}

/// The full names of .NET types that a secret is kept in or comes in: what `Object.ToString` returns unless a type has
/// its own.
const NET_TYPES: [(&str, StandIn); 8] = [
    ("System.Security.SecureString", StandIn::SecureString),
    ("System.Management.Automation.PSCredential", StandIn::Credential),
    ("System.Net.NetworkCredential", StandIn::Credential),
    ("System.Object[]", StandIn::Collection),
    ("System.String[]", StandIn::Collection),
    ("System.Char[]", StandIn::Collection),
    ("System.Byte[]", StandIn::Collection),
    ("System.Collections.Hashtable", StandIn::Collection),
];

/// What stands around a name that a template, a shell, a pipeline or a reader should have replaced.
const BRACKETS: [(&str, &str); 6] =
    [("{{", "}}"), ("${", "}"), ("$(", ")"), ("#{", "}"), ("%", "%"), ("<", ">")];

/// How Windows begins what it encrypts for a user (DPAPI), in hexadecimal: `ConvertFrom-SecureString` without
/// `-AsPlainText` writes that. It is the version, and the GUID of the provider.
const ENCRYPTED_SECURE_STRING: &str = "01000000d08c9ddf0115d1118c7a00c04fc297eb";

/// What programs write for a value that is missing or hidden, in any case.
const NO_VALUES: [&str; 7] = ["null", "(null)", "nil", "undefined", "none", "[redacted]", "[masked]"];

impl StandIn {
    /// What a text stands in for, if all of it is such a text.
    pub fn of(text: &str) -> Option<Self> {
        let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Java's `Object.toString`: the name of the type, of `char[]` or `byte[]`, and a number.
        if text.strip_prefix("[C@").or(text.strip_prefix("[B@")).is_some_and(is_hex) {
            return Some(Self::Collection);
        }
        // `Object.prototype.toString` (ECMA-262): [object Object], [object Promise].
        let name = text.strip_prefix("[object ").and_then(|rest| rest.strip_suffix(']'));
        if name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            return Some(Self::JavaScriptObject);
        }
        if text.starts_with(ENCRYPTED_SECURE_STRING) {
            return Some(Self::SecureString);
        }
        NET_TYPES.into_iter().find(|(name, _)| *name == text).map(|(_, stand_in)| stand_in)
    }
}

/// Whether all of a text looks like a place that nobody has filled, or like a value that is missing or hidden.
pub(super) fn is_placeholder(text: &str) -> bool {
    let is_between = |(before, after): (&str, &str)| {
        text.strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|name| !name.is_empty())
    };
    let is_variable = text.strip_prefix('$').is_some_and(|name| {
        let name = name.strip_prefix("env:").unwrap_or(name);
        name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    });
    // PowerShell writes an object as `@{user=anna; password=x}`, and "$row.password" as that and `.password`.
    let is_object = text
        .strip_prefix("@{")
        .and_then(|rest| rest.rsplit_once('}'))
        .is_some_and(|(members, rest)| members.contains('=') && (rest.is_empty() || rest.starts_with('.')));
    BRACKETS.into_iter().any(is_between)
        || is_object
        || is_variable
        || NO_VALUES.iter().any(|value| value.eq_ignore_ascii_case(text))
        || text.chars().all(|letter| "*\u{2022}".contains(letter))
}

impl fmt::Display for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecureString => "a SecureString",
            Self::Credential => "a credential",
            Self::Collection => "an array or a table",
            Self::JavaScriptObject => "an object of JavaScript",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_the_whole_text() {
        for (text, stand_in) in [
            ("System.Security.SecureString", Some(StandIn::SecureString)),
            ("System.Management.Automation.PSCredential", Some(StandIn::Credential)),
            ("System.Net.NetworkCredential", Some(StandIn::Credential)),
            ("System.Object[]", Some(StandIn::Collection)),
            ("System.Collections.Hashtable", Some(StandIn::Collection)),
            ("[C@1b6d3586", Some(StandIn::Collection)),
            ("[B@4554617c", Some(StandIn::Collection)),
            ("[object Object]", Some(StandIn::JavaScriptObject)),
            ("[object Promise]", Some(StandIn::JavaScriptObject)),
            ("01000000d08c9ddf0115d1118c7a00c04fc297eb0100000000", Some(StandIn::SecureString)),
            ("System.Security.SecureString!", None),
            ("my System.Object[]", None),
            ("system.object[]", None),
            ("System.Admin1", None),
            ("[C@", None),
            ("[C@tty]", None),
            ("[object of desire]", None),
            ("[object ]", None),
            ("object", None),
        ] {
            assert_eq!(StandIn::of(text), stand_in, "{text}");
        }
    }

    #[test]
    fn a_placeholder_is_the_whole_text() {
        for text in [
            "{{ admin_password }}",
            "{{pw}}",
            "${PASSWORD}",
            "${PW:-}",
            "$(adminPassword)",
            "#{AdminPassword}",
            "@{user=anna; password=hunter2}",
            "@{user=anna; password=hunter2}.password",
            "%PASSWORD%",
            "<password>",
            "<nil>",
            "$PASSWORD",
            "$env:ADMIN_PW",
            "null",
            "NULL",
            "None",
            "undefined",
            "(null)",
            "[REDACTED]",
            "***",
            "\u{2022}\u{2022}\u{2022}\u{2022}",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "{{pw}}1",
            "a${PW}",
            "@{x}",
            "@{a=b}c",
            "$(pw",
            "%%",
            "<>",
            "100%",
            "$ecret",
            "$A",
            "$",
            "$env:",
            "nullify",
            "none of it",
            "a***",
            "5 * 3",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
