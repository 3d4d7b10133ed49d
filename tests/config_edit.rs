//! Editing JSON with comments, without files.
#![allow(clippy::unwrap_used)]

use jsonptr::{Pointer, PointerBuf};
use proptest::collection::vec;
use proptest::prelude::*;
use tc_calendar::advice::Error;
use tc_calendar::config_file::edit::error::EditError;
use tc_calendar::config_file::edit::{Document, OnMissing};

/// A hash, which is all that the program writes. JSON escapes none of its characters.
const NEW: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8+dxpSCIznS+kgaJeLCXMVxDKGgRgcBE";

fn set(text: &str, pointer: &str, on_missing: OnMissing) -> Result<String, EditError> {
    let mut document = Document::read(text.as_bytes())?;
    let pointer = Pointer::parse(pointer).unwrap();
    let existed = document.get(pointer).is_ok();
    assert_eq!(document.set(pointer, "NEW", on_missing)?, !existed, "whether the member was created");
    Ok(String::from_utf8(document.into_bytes()).unwrap())
}

fn get(text: &str, pointer: &str) -> Result<Option<String>, EditError> {
    Document::read(text.as_bytes())?.get(Pointer::parse(pointer).unwrap())
}

#[track_caller]
fn assert_error(result: Result<impl std::fmt::Debug, EditError>, message: &str, hint: &str) {
    let error = Error::from(result.unwrap_err());
    assert_eq!((error.to_string().as_str(), error.hint().as_deref()), (message, Some(hint)));
}

/// docs/config.md: "in which every other byte stays"
#[test]
fn a_value_is_set_and_every_other_byte_stays() {
    for (pointer, text) in [
        ("/a", "{\"a\":@}"),
        ("/a", "\u{feff}{\"a\":@}"),
        ("/a", "// first\r\n{\r\n\t\"a\" : @ , // \"a\": \"\"\r\n}\r\n"),
        ("/a", "{ /* { */ \"a\" /*:*/ : /*,*/ @ /*}*/ , }\n\n\n"),
        ("/a", "{\"A\": \"\", \"a\": @, \"aa\": \"\", \"\": {\"a\": \"\"}}"),
        ("/a/b", "{\"b\": \"\", \"a\": {\"a\": \"\", \"b\": @}}"),
        ("/a/1", "{\"a\": [\"\", @, \"\"]}"),
        ("/0/0", "[[@,],]"),
        ("/0", "{\"0\": @}"),
        ("/", "{\"\": @}"),
        ("//", "{\"\": {\"\": @}}"),
        ("/a~1b/m~0n/~01", "{\"a/b\": {\"m~n\": {\"~1\": @}}}"),
        ("/имя/ключ", "{\"имя\": {\"ключ\": @}} // да"),
        ("/a b", "{\"a b\": @}"),
        ("/a", "{\"\\u0061\": @}"),
        ("/\"", "{\"\\\"\": @}"),
        ("/a", "{\"n\": -1.5e+3, \"t\": true, \"f\": false, \"a\": @}\r"),
    ] {
        for old in ["\"\"", "\"old // \\\" \\u0041 \u{1f600}\"", "null"] {
            let edited = set(&text.replace('@', old), pointer, OnMissing::Error).unwrap();
            assert_eq!(edited, text.replace('@', "\"NEW\""));
        }
    }
}

#[test]
fn a_missing_last_member_is_created_on_request() {
    for (text, pointer, expected) in [
        ("{}", "/a", "{\"a\": \"NEW\"}"),
        ("{ }", "/a", "{\"a\": \"NEW\" }"),
        ("{\n}", "/a", "{\n  \"a\": \"NEW\"\n}"),
        // Some parsers do not end a comment at a bare CR.
        ("{\r  \"a\": 1 // c\n}", "/b", "{\r  \"a\": 1, // c\n  \"b\": \"NEW\"\n}"),
        ("{ // c\n\r}", "/b", "{ // c\n  \"b\": \"NEW\"\n\r}"),
        ("{\r\n\r\n}", "/a", "{\r\n  \"a\": \"NEW\"\r\n\r\n}"),
        ("{ /* c */ }", "/a", "{ /* c */ \"a\": \"NEW\" }"),
        ("{ // c\n}", "/a", "{ // c\n  \"a\": \"NEW\"\n}"),
        // A comment does not show how members are indented.
        ("{\n    // c\n}", "/a", "{\n    // c\n  \"a\": \"NEW\"\n}"),
        ("/*\n * head\n */\n{\n}", "/a", "/*\n * head\n */\n{\n  \"a\": \"NEW\"\n}"),
        (
            "/*\n * head\n */\n{ \"b\": 1 // c\n}",
            "/a",
            "/*\n * head\n */\n{ \"b\": 1, // c\n  \"a\": \"NEW\"\n}",
        ),
        (
            "{ // b\n /* c */\n\t\"b\": {\n\t}\n}",
            "/b/a",
            "{ // b\n /* c */\n\t\"b\": {\n\t\t\"a\": \"NEW\"\n\t}\n}",
        ),
        // A level is what a value is indented more than the bracket that closes around it.
        (
            "[\n    {\n        \"b\": {\n        }\n    }\n]",
            "/0/b/a",
            "[\n    {\n        \"b\": {\n            \"a\": \"NEW\"\n        }\n    }\n]",
        ),
        (
            "{\"b\": {\"c\": [\n    1\n ]},\n \"d\": {\n }}",
            "/d/a",
            "{\"b\": {\"c\": [\n    1\n ]},\n \"d\": {\n    \"a\": \"NEW\"\n }}",
        ),
        (
            "{\n  \"b\": {\n    \"c\": 1, \"d\": 2 // e\n  }\n}",
            "/b/a",
            "{\n  \"b\": {\n    \"c\": 1, \"d\": 2, // e\n    \"a\": \"NEW\"\n  }\n}",
        ),
        ("{\n\t\"b\": {\n\t}\n}", "/b/a", "{\n\t\"b\": {\n\t\t\"a\": \"NEW\"\n\t}\n}"),
        ("{\"b\":1}", "/a", "{\"b\":1, \"a\": \"NEW\"}"),
        ("{\"b\":1,}", "/a", "{\"b\":1, \"a\": \"NEW\",}"),
        ("{ \"b\": 1 }", "/a", "{ \"b\": 1, \"a\": \"NEW\" }"),
        ("{\"b\": 1 /* c */ }", "/a", "{\"b\": 1, /* c */ \"a\": \"NEW\" }"),
        ("{\"b\": 1 // c\n}", "/a", "{\"b\": 1, // c\n  \"a\": \"NEW\"\n}"),
        ("{\"b\": 1 // c\n, // d\n}", "/a", "{\"b\": 1 // c\n, // d\n  \"a\": \"NEW\",\n}"),
        ("{\n  \"b\": 1,\n\n\n}", "/a", "{\n  \"b\": 1,\n  \"a\": \"NEW\",\n\n\n}"),
        ("{\n  \"b\": 1 }", "/a", "{\n  \"b\": 1,\n  \"a\": \"NEW\" }"),
        ("{\n  \"b\": \"\", \"c\": 2\n}", "/a", "{\n  \"b\": \"\", \"c\": 2, \"a\": \"NEW\"\n}"),
        ("{\n    \"a\": 1 // one\n}\n", "/b", "{\n    \"a\": 1, // one\n    \"b\": \"NEW\"\n}\n"),
        (
            "{\r\n\t\"a\": 1, // one\r\n\t// end\r\n}",
            "/b",
            "{\r\n\t\"a\": 1, // one\r\n\t\"b\": \"NEW\",\r\n\t// end\r\n}",
        ),
        (
            "{\n  \"a\": {\n    \"b\": 1\n  }\n}",
            "/a/m~0~1",
            "{\n  \"a\": {\n    \"b\": 1,\n    \"m~/\": \"NEW\"\n  }\n}",
        ),
        ("{\n  \"a\": 1\n}", "/\"\\\u{1}", "{\n  \"a\": 1,\n  \"\\\"\\\\\\u0001\": \"NEW\"\n}"),
    ] {
        let edited = set(text, pointer, OnMissing::Create).unwrap();
        assert_eq!(edited, expected);
        assert_eq!(get(&edited, pointer).unwrap().as_deref(), Some("NEW"));
    }
}

#[test]
fn text_that_is_not_json_with_comments_is_refused_with_line_and_column() {
    let hint = "fix it there, or name another file with --config; into a file that is not JSON, paste a hash \
                that is printed without --config";
    for (text, message) in [
        ("{", "line 1, column 1: unterminated object begins here; the text ends at line 1, column 2"),
        ("{\n  \"a\" 1\n}", "line 2, column 7: expected colon after the string or word in object property"),
        ("{\"é\": 1 \"b\": 2}", "line 1, column 8: expected comma"),
        ("{'a': 1}", "line 1, column 2: single-quoted strings are not allowed"),
        ("{a: 1}", "line 1, column 2: expected string for object property"),
        ("{\"a\": 0x1}", "line 1, column 7: hexadecimal numbers are not allowed"),
        ("{\"a\": NaN}", "line 1, column 7: unexpected token"),
        ("{\"a\": \"\\x41\"}", "line 1, column 8: invalid escape"),
        ("{\"a\": \"x\ty\"}", "line 1, column 9: control character in a string"),
        ("{\n\"é\": \"x\ny\"}", "line 2, column 8: control character in a string"),
        ("{\u{a0}\"a\": 1}", "line 1, column 2: unexpected character"),
        ("{\"a\": 1}\n\u{2028}", "line 2, column 1: unexpected character"),
        ("{\"a\": \"\\ud800 s3cret\"}", "line 1, column 8: invalid Unicode escape"),
        ("{} {}", "line 1, column 4: text cannot contain more than one JSON value"),
        (
            "\n/* {}",
            "line 2, column 1: unterminated comment block begins here; the text ends at line 2, column 6",
        ),
        (
            "{\"a\": \"",
            "line 1, column 7: unterminated string literal begins here; the text ends at line 1, column 8",
        ),
    ] {
        let message = format!("the config is not JSON with comments: {message}");
        assert_error(get(text, "/a"), &message, hint);
    }
    let empty = "write the members that --key names into it, for example {\"admin\": {\"password\": \"\"}}, or name \
                 another file with --config";
    assert_error(get("null", "/a"), "the top level in the config is null, so it has no members", empty);
    assert_error(get("", "/a"), "the config is empty", empty);
    assert_error(get("// x", "/a"), "the config is empty", empty);
    let latin = Document::read(b"{\n\"a\": \"\xe9\"}").map(|_| ());
    assert_error(latin, "the config is not UTF-8: line 2, column 7", "save it as UTF-8");
    for mark in ["", "\u{feff}"] {
        let text = format!("{mark}{{\"a\": 1}}");
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let result = Document::read(&bytes).map(|_| ());
        assert_error(result, "the config is UTF-16, not UTF-8", "save it as UTF-8");
    }
    let nested = "[".repeat(100_000);
    assert_error(get(&nested, "/a"), "the config is nested too deeply: line 1, column 513", hint);
}

#[test]
fn a_pointer_to_neither_string_nor_null_is_refused() {
    let text = r#"{"a/b": "", "none": [], "db": {"host": "h", "password": null, "port": 1}, "list": [{}], "a/o": {"c": 1}, "a/p": {"c": ""}, "on": true, "db\u0007": {"x": ""},
        "users": {"1": {"password": ""}, "user1": ""}}"#;
    let adds_last = "what is before the last name must exist";
    let example = "a key lists the names down to the string, for example /admin/password";
    for (pointer, message, hint) in [
        (
            "/db/pasword",
            "the path exists up to /db",
            "did you mean /db/password? to add a new member: --create-key",
        ),
        ("/db/quite_different", "the path exists up to /db", "to add a new member: --create-key"),
        // A password elsewhere may be one that a program logs in with.
        ("/password", "no such member at the top level", "to add a new member: --create-key"),
        (
            "/db.password",
            "no such member at the top level",
            "did you mean /db/password? to add a new member: --create-key",
        ),
        ("/db.port", "no such member at the top level", "to add a new member: --create-key"),
        ("/host/password", "no such member at the top level", adds_last),
        ("/bd/password", "no such member at the top level", "did you mean /db/password?"),
        ("/users/2/password", "the path exists up to /users", adds_last),
        ("/users/user2", "the path exists up to /users", "to add a new member: --create-key"),
        (
            "/users/1/pasword",
            "the path exists up to /users/1",
            "did you mean /users/1/password? to add a new member: --create-key",
        ),
        ("/list/1", "the path exists up to /list", "the list has one element, 0"),
        ("/list/01", "the path exists up to /list", "the list has one element, 0"),
        ("/list/-", "the path exists up to /list", "the list has one element, 0"),
        ("/none/0", "the path exists up to /none", "the list is empty"),
        ("/list/0/x/y", "the path exists up to /list/0", adds_last),
        ("/a/b", "no such member at the top level", "did you mean /a~1b?"),
        // A number, an object and a boolean are not suggested.
        ("/a/o/c", "no such member at the top level", adds_last),
        ("/a/o", "no such member at the top level", adds_last),
        ("/ON", "no such member at the top level", "to add a new member: --create-key"),
        ("/a/p/c", "no such member at the top level", "did you mean /a~1p/c?"),
        ("/DB/Password", "no such member at the top level", "did you mean /db/password?"),
        (
            "/users:1:password",
            "no such member at the top level",
            "did you mean /users/1/password? to add a new member: --create-key",
        ),
        ("/db\u{7}/long", "the path exists up to /db\u{fffd}", "to add a new member: --create-key"),
    ] {
        let key = pointer.replace('\u{7}', "\u{fffd}");
        assert_error(get(text, pointer), &format!("key {key} not found: {message}"), hint);
    }
    for (pointer, message) in [
        ("/db/host/x", "/db/host in the config is a string, so it has no members"),
        ("/on/x", "/on in the config is a boolean, so it has no members"),
        ("/db/password/x", "/db/password in the config is null, so it has no members"),
    ] {
        assert_error(get(text, pointer), message, example);
        assert_error(set(text, pointer, OnMissing::Create), message, example);
    }
    for (pointer, message) in [
        ("/db", "/db in the config is an object, not a string"),
        ("/list", "/list in the config is an array, not a string"),
        ("/db/port", "/db/port in the config is a number, not a string"),
        ("/on", "/on in the config is a boolean, not a string"),
    ] {
        let hint = "--key must point to a string or null";
        assert_error(get(text, pointer), message, hint);
        assert_error(set(text, pointer, OnMissing::Create), message, hint);
    }
    let list = "key /2 not found: no such element at the top level";
    assert_error(get(r#"["", ""]"#, "/2"), list, "the elements of that list are 0 to 1");
    // Only a last member is created, not a list element or an object on the way.
    for pointer in ["/list/1", "/list/-", "/x/y"] {
        assert!(set(text, pointer, OnMissing::Create).is_err(), "{pointer}");
    }
}

#[test]
fn duplicate_keys_are_refused_only_on_the_path() {
    let hint = "remove the duplicates";
    assert_error(get(r#"{"a": "", "a": ""}"#, "/a"), "/a is defined more than once in the config", hint);
    assert_error(get(r#"{"a": "", "\u0061": ""}"#, "/a"), "/a is defined more than once in the config", hint);
    assert_error(
        get(r#"{"a": {}, "a": {"b": ""}}"#, "/a/b"),
        "/a is defined more than once in the config",
        hint,
    );
    assert_eq!(get(r#"{"b": 1, "b": 2, "a": "x"}"#, "/a").unwrap().as_deref(), Some("x"));
}

/// What is suggested for a key that is not found.
fn suggested(text: &str, key: &str) -> Option<String> {
    let error = get(text, key).unwrap_err();
    assert!(matches!(error, EditError::NotFound { .. }), "{error}");
    if let EditError::NotFound { suggestion, .. } = error {
        suggestion.map(|to| to.to_string())
    } else {
        None
    }
}

#[test]
fn a_name_is_suggested_for_one_mistake_in_four_letters() {
    for (key, suggestion) in [
        ("/pasword", Some("/password")),
        ("/passwrdd", Some("/password")),
        ("/psswrd", None),
        ("/y", None),
        ("/ix", Some("/x")),
        // Another element of a list belongs to another account, so none is suggested.
        ("/list/1x", None),
    ] {
        let text = r#"{"password": "", "x": "", "list": ["", ""]}"#;
        assert_eq!(suggested(text, key).as_deref(), suggestion, "{key}");
    }
}

#[test]
fn a_suggestion_is_among_the_first_1000_strings_and_has_256_bytes_at_most() {
    for (before, found) in [(998, true), (999, true), (1_000, false)] {
        let others = vec!["\"\""; before].join(",");
        let text = format!("{{\"others\": [{others}], \"password\": \"\"}}");
        assert_eq!(suggested(&text, "/pasword").is_some(), found, "{before}");
    }
    // The slash, the name that is meant, and the one that is given.
    for (meant, given, found) in [(255, 254, true), (255, 255, true), (256, 255, false), (255, 256, false)] {
        let text = format!("{{\"{}\": \"\"}}", "x".repeat(meant));
        let key = format!("/{}y", "x".repeat(given - 1));
        assert_eq!(suggested(&text, &key).is_some(), found, "{meant} {given}");
    }
}

#[test]
fn a_suggestion_is_searched_for_among_many_and_long_names() {
    let names: Vec<String> = (0..1_000).map(|n| format!("\"{}{n}\": \"\"", "x".repeat(1_000))).collect();
    let text = format!("{{{}}}", names.join(","));
    let is_missing = |text: &str, key: &str| matches!(get(text, key), Err(EditError::NotFound { .. }));
    assert!(is_missing(&text, &format!("/{}", "y".repeat(100_000))));

    // 200 levels of long names with strings at the bottom: storing all full paths would take gigabytes.
    let name = "x".repeat(1_000);
    let text = format!(
        "{}[{}]{}",
        format!("{{\"{name}\":").repeat(200),
        vec!["\"\""; 20_000].join(","),
        "}".repeat(200)
    );
    assert!(is_missing(&text, "/x"));
}

/// A JSON value, before it is written as text.
#[derive(Debug, Clone)]
enum Node {
    Leaf(String),
    Array(Vec<Node>, bool),
    Object(Vec<(String, Node)>, bool),
}

/// A JSON text under construction, what to put between its tokens, and the locations of its strings and
/// objects.
struct Text {
    made: String,
    between: Vec<&'static str>,
    next: usize,
    strings: Vec<(PointerBuf, std::ops::Range<usize>)>,
    objects: Vec<PointerBuf>,
}

impl Text {
    fn put(&mut self, token: &str) {
        self.made.push_str(token);
        self.made.push_str(self.between[self.next % self.between.len()]);
        self.next += 1;
    }

    fn put_node(&mut self, node: &Node, at: &Pointer) {
        match node {
            Node::Leaf(literal) => {
                if literal.starts_with('"') || literal == "null" {
                    let start = self.made.len();
                    self.strings.push((at.to_buf(), start..start + literal.len()));
                }
                self.put(literal);
            }
            Node::Array(elements, trailing) => {
                self.put("[");
                for (index, element) in elements.iter().enumerate() {
                    self.put_node(element, &at.with_trailing_token(index));
                    if *trailing || index + 1 < elements.len() {
                        self.put(",");
                    }
                }
                self.put("]");
            }
            Node::Object(members, trailing) => {
                self.objects.push(at.to_buf());
                self.put("{");
                for (index, (name, value)) in members.iter().enumerate() {
                    self.put(&serde_json::to_string(name).unwrap());
                    self.put(":");
                    self.put_node(value, &at.with_trailing_token(name));
                    if *trailing || index + 1 < members.len() {
                        self.put(",");
                    }
                }
                self.put("}");
            }
        }
    }
}

fn a_text() -> impl Strategy<Value = Text> {
    let string = any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap());
    let leaf = prop_oneof![
        3 => string.clone(),
        1 => Just("null".to_owned()),
        1 => prop_oneof![Just("0"), Just("-1.5e+3"), Just("true"), Just("false")].prop_map(str::to_owned),
    ]
    .prop_map(Node::Leaf);
    let node = leaf.prop_recursive(4, 40, 6, |inner| {
        let name = prop_oneof!["[a-z]{0,2}", "[/~]{1,3}", "[а-я]{1,3}", any::<String>()];
        let members = vec((name, inner.clone()), 0..6).prop_map(|mut members| {
            let mut seen = std::collections::HashSet::new();
            members.retain(|(name, _)| seen.insert(name.clone()));
            members
        });
        prop_oneof![
            (vec(inner, 0..6), any::<bool>()).prop_map(|(elements, comma)| Node::Array(elements, comma)),
            (members, any::<bool>()).prop_map(|(members, comma)| Node::Object(members, comma)),
        ]
    });
    let between = prop_oneof![
        Just(""),
        Just(" "),
        Just("\n  "),
        Just("\r\n\t"),
        Just("// } \"a\": \"\n"),
        Just(" /* ] , */ "),
    ];
    (node, string, vec(between, 1..9), any::<bool>()).prop_map(|(node, string, between, marked)| {
        let made = if marked { "\u{feff}".to_owned() } else { String::new() };
        let mut text = Text { made, between, next: 0, strings: Vec::new(), objects: Vec::new() };
        // There is always at least one object and one string.
        let members = vec![("any".to_owned(), node), ("string".to_owned(), Node::Leaf(string))];
        text.put_node(&Node::Object(members, marked), Pointer::root());
        text
    })
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.made)
    }
}

proptest! {
    #[test]
    fn reading_changes_no_byte(text in a_text()) {
        let document = Document::read(text.made.as_bytes()).unwrap();
        prop_assert_eq!(String::from_utf8(document.into_bytes()).unwrap(), text.made);
    }

    /// docs/config.md: "in which every other byte stays"
    #[test]
    fn setting_a_value_changes_no_other_byte(text in a_text(), which in any::<prop::sample::Index>()) {
        let (pointer, range) = which.get(&text.strings);
        let mut document = Document::read(text.made.as_bytes()).unwrap();
        document.set(pointer, NEW, OnMissing::Error).unwrap();
        let mut expected = text.made.clone();
        expected.replace_range(range.clone(), &format!("\"{NEW}\""));
        prop_assert_eq!(String::from_utf8(document.into_bytes()).unwrap(), expected);
    }

    #[test]
    fn any_value_can_be_set_and_read_back(
        text in a_text(), which in any::<prop::sample::Index>(), value: String
    ) {
        let (pointer, _) = which.get(&text.strings);
        let mut document = Document::read(text.made.as_bytes()).unwrap();
        document.set(pointer, &value, OnMissing::Error).unwrap();
        let document = Document::read(&document.into_bytes()).unwrap();
        prop_assert_eq!(document.get(pointer).unwrap(), Some(value));
    }

    /// docs/config.md: "`--create-key` adds a member, and removes nothing."
    #[test]
    fn creating_a_member_keeps_all_other_values_and_comments(
        text in a_text(), which in any::<prop::sample::Index>()
    ) {
        let pointer = which.get(&text.objects).with_trailing_token("new member");
        let mut document = Document::read(text.made.as_bytes()).unwrap();
        document.set(&pointer, NEW, OnMissing::Create).unwrap();
        let edited = String::from_utf8(document.into_bytes()).unwrap();
        // Nothing was removed or reordered: text was only added, in at most two positions.
        let same = |pair: &(u8, u8)| pair.0 == pair.1;
        let before = text.made.bytes().zip(edited.bytes()).take_while(same).count();
        let after = text.made.bytes().rev().zip(edited.bytes().rev()).take_while(same).count();
        if before + after < text.made.len() {
            let between = &text.made[before..text.made.len() - after];
            prop_assert!(edited[before..].contains(between), "{between:?} is not in {edited:?}");
        }
        let before = Document::read(text.made.as_bytes()).unwrap();
        let after = Document::read(edited.as_bytes()).unwrap();
        prop_assert_eq!(after.get(&pointer).unwrap(), Some(NEW.to_owned()));
        for (other, _) in &text.strings {
            prop_assert_eq!(before.get(other).unwrap(), after.get(other).unwrap());
        }
    }

    #[test]
    fn no_bytes_text_or_pointer_causes_a_panic(bytes: Vec<u8>, text in "[\\[\\]{}:,\"/*\n a0]{0,40}", pointer: String) {
        let pointer = PointerBuf::parse(format!("/{}", pointer.replace('~', "~0"))).unwrap();
        for bytes in [bytes, text.into_bytes()] {
            if let Ok(mut document) = Document::read(&bytes) {
                let _ = document.get(&pointer);
                let _ = document.set(&pointer, NEW, OnMissing::Create);
                prop_assert!(Document::read(&document.into_bytes()).is_ok());
            }
        }
    }
}
