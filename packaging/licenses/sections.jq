# From what cargo-bundle-licenses reports: a section for each text, below the libraries that are under it. Takes `linked`,
# the lines of packaging/libraries; `apache`, the text; and `project` and `std`, the reports.

def rule: "=" * 78;

def tidy: gsub("\r"; "") | gsub("[ \t]+\n"; "\n") | sub("^\\s*\n"; "") | sub("\\s+$"; "");

# Of licences to choose from, the one that is used: of Apache-2.0 one text serves many crates, and each text of MIT has
# a copyright of its own.
def chosen:
    if .license | test("\\bMIT AND|AND MIT\\b|2.0 AND") then error("choose for \(.package_name): \(.license)") else . end
    | [.licenses[].license] as $offered
    | first(("Apache-2.0", "MIT", null) | select(. == null or IN($offered[]))) as $best
    | .licenses[] | select(.license | . == $best or IN("BSD-3-Clause", "Unicode-3.0"));

# The libraries of one kind in a report that are linked, each with a licence and its text. Those in the standard
# library have the compiler's versions, which the text leaves to the list of libraries.
def of($kind; $report):
    $report[0].third_party_libraries[] | . as $crate
    | select("\($kind) \(.package_name)" | IN($linked | split("\n")[] | sub(" [^ ]*$"; "")))
    # A notice has it.
    | select(.package_name != "compiler_builtins")
    | chosen
    | {
        library: (if $kind == "std" then "\($crate.package_name) (Rust's standard library)"
            else "\($crate.package_name) \($crate.package_version)" end),
        id: .license,
        text: (if .license == "Apache-2.0" then $apache else .text end | tidy)
    }
    | if .text == "NOT FOUND" then error("\(.library) has no text") else . end;

[of("crate"; $project), of("std"; $std)]
# The report on the standard library leaves out what it is about. And that has tables of Unicode.
| . + [first(.[] | select(.id == "Apache-2.0")) | .library = "std (Rust's standard library)"]
| . + [first(.[] | select(.id == "Unicode-3.0")) | .library = "core (Rust's standard library)"]
| group_by([.id, .text])[]
| rule, .[0].id, (map("* \(.library)") | unique[]), "", .[0].text, ""
