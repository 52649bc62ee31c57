//! The shape of the source: layers point down, few modules touch the world, files stay small.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest file.
const LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, with its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// The modules of `lib.rs` in their order.
fn modules() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let names = text.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// The module of `lib.rs` that a file belongs to.
fn module(path: &Path) -> String {
    let first = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
    first.strip_suffix(".rs").map_or(first.clone(), str::to_owned)
}

/// The code of a file: no comments, no tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or("");
    code.lines().map(|it| it.split("//").next().unwrap_or("").to_owned() + "\n").collect()
}

/// The modules that a file names after `crate::`, alone or in braces.
fn named(code: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').collect()
    };
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split("};").next().unwrap_or("");
                found.extend(list.split(',').map(|it| word(it.trim())));
            }
            None => found.push(word(rest)),
        }
    }
    found
}

#[test]
fn modules_use_only_those_above_them() {
    let order: BTreeMap<String, usize> = modules().into_iter().zip(0..).collect();
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let Some(own) = order.get(&module(&path)) else { continue };
        for name in named(&code(&text)) {
            if order.get(&name).is_some_and(|it| it > own) {
                wrong.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn few_modules_touch_files_and_the_terminal() {
    const WORLD: [&str; 9] = [
        "std::fs",
        "fs::",
        "File::",
        "stdin(",
        "stdout(",
        "stderr(",
        "println!",
        "print!(",
        "std::process",
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        // What the kernel tells of processes are files too.
        let of_kernel = path.starts_with("src/engine");
        if of_kernel
            || ["source", "review", "commands", "cli", "main"].contains(&module(&path).as_str())
        {
            continue;
        }
        let code = code(&text);
        let touched = WORLD.iter().filter(|it| {
            code.match_indices(**it).any(|(at, _)| {
                !code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            })
        });
        wrong.extend(touched.map(|it| format!("{}: {it}", path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A file of the user is replaced by `source::write` alone, which keeps what it was; what else takes a file's place are
/// reports and files that the program makes.
#[test]
fn only_the_journal_and_makers_of_new_files_put_files_in_place() {
    // Trials take their own files for a while away again.
    const MAKERS: [&str; 3] =
        ["src/commands/output.rs", "src/commands/new_files.rs", "src/commands/verify/sweep.rs"];
    let places =
        ["fs::write", "fs::rename", "fs::copy", ".persist(", "File::create", "remove_file"];
    let mut found = Vec::new();
    for (path, text) in sources("src") {
        let code = code(&text);
        if module(&path) != "source" && places.iter().any(|it| code.contains(it)) {
            found.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    found.retain(|it| !MAKERS.contains(&it.as_str()));
    assert!(found.is_empty(), "{found:?} replace files around the journal");
}

#[test]
fn files_stay_small() {
    let all = sources("src").into_iter().chain(sources("tests"));
    let long = all.filter(|it| it.1.lines().count() > LINES);
    let long: Vec<PathBuf> = long.map(|it| it.0).collect();
    assert!(long.is_empty(), "longer than {LINES} lines: {long:?}");
    let main = fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() <= 40, "main.rs");
}

#[test]
fn every_module_says_what_it_knows() {
    let silent = sources("src").into_iter().filter(|it| !it.1.starts_with("//! "));
    let silent: Vec<PathBuf> = silent.map(|it| it.0).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn every_rule_has_its_file() {
    let all = sources("src/rules").into_iter().map(|it| it.1).collect::<String>();
    for rule in casehard::rules::ALL {
        assert!(all.contains(&format!("id: \"{}\"", rule.id)), "{}", rule.id);
    }
}
