//! The layer rules of src/lib.rs, held to the code: who may use what, and where `unsafe` may stand.

use std::fs;
use std::path::{Path, PathBuf};

/// For each folder, what must not occur in its code.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    (
        "model",
        &["napi", "tokio::", "libc::", "socket2", "crate::sys", "crate::net", "crate::engine", "unsafe {"],
    ),
    ("sys", &["napi", "crate::net", "crate::engine", "crate::binding"]),
    ("net", &["napi", "libc::send", "libc::recv", "crate::binding", "crate::engine", "unsafe"]),
    ("engine", &["napi::", "crate::binding"]),
];

/// The fenced files: the only ones that may say `unsafe`.
const FENCED: [&str; 22] = [
    "binding/call.rs",
    "binding/instance.rs",
    "binding/kept.rs",
    "binding/loop_waker.rs",
    "binding/scope.rs",
    "binding/start.rs",
    "binding/utf8.rs",
    "engine/uv.rs",
    "sys/epoll.rs",
    "sys/interposed.rs",
    "sys/memory.rs",
    "sys/sendfile.rs",
    "sys/splice.rs",
    "sys/unix/calls.rs",
    "sys/unix/fd.rs",
    "sys/unix/local.rs",
    "sys/unix/os.rs",
    "sys/unix/pollable.rs",
    "sys/unix/sockopt.rs",
    "sys/windows/calls.rs",
    "sys/windows/fd.rs",
    "sys/windows/os.rs",
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            sources(&entry.path(), into);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            into.push(entry.path());
        }
    }
}

/// The code of a file without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn all() -> (PathBuf, Vec<PathBuf>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 15, "the sources were not found");
    (root, files)
}

#[test]
fn arrows_only_point_down() {
    let (root, files) = all();
    for path in &files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let Some((_, words)) = FORBIDDEN.iter().find(|(folder, _)| name.starts_with(&format!("{folder}/")))
        else {
            continue;
        };
        let code = code(path);
        for word in *words {
            assert!(!code.contains(word), "{name} must not use {word}");
        }
    }
}

#[test]
fn unsafe_stays_in_the_fenced_files() {
    let (root, files) = all();
    let mut with_unsafe: Vec<_> = files
        .iter()
        .filter(|path| {
            code(path).split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe")
        })
        .map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
        .collect();
    with_unsafe.sort();
    assert_eq!(with_unsafe, FENCED);
}

/// The module that a file of src/ is: `net::stream`. A folder's mod.rs is the folder.
fn module_of(name: &str) -> String {
    name.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

/// The code of a file without its unit tests, which may use whatever they test.
fn code_without_tests(path: &Path) -> String {
    code(path)
        .split("#[cfg(")
        .filter(|part| !part.starts_with("test") && !part.starts_with("all(test"))
        .collect()
}

/// The modules, among `all`, that the code of `module` names by `crate::` or `super::`, itself not.
fn uses(module: &str, code: &str, all: &[String]) -> Vec<String> {
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    // In a folder's own file `super` is the folder above, whose parts it may not know; and it names its parts without a path.
    let found = code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').filter_map(|path| {
        let full = match path.strip_prefix("super::") {
            Some(rest) => format!("{parent}::{rest}"),
            None => path.strip_prefix("crate::")?.to_owned(),
        };
        all.iter()
            .filter(|one| full == **one || full.starts_with(&format!("{one}::")))
            .max_by_key(|one| one.len())
    });
    let mut found: Vec<String> =
        found.filter(|one| *one != module && !module.starts_with(&format!("{one}::"))).cloned().collect();
    found.sort();
    found.dedup();
    found
}

/// The modules of one circle, if there is any. `arrows` are those of each module.
fn circle(arrows: &[(String, Vec<String>)]) -> Option<Vec<String>> {
    let mut left: Vec<_> = arrows.to_vec();
    loop {
        let names: Vec<String> = left.iter().map(|(name, _)| name.clone()).collect();
        // What uses nothing that is left is on no circle.
        let before = left.len();
        left.retain(|(_, to)| to.iter().any(|one| names.contains(one)));
        if left.is_empty() {
            return None;
        }
        if left.len() == before {
            return Some(names);
        }
    }
}

#[test]
fn no_files_use_one_another_in_a_circle() {
    let (root, files) = all();
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    let modules: Vec<String> = files.iter().map(|path| module_of(&name(path))).collect();
    let arrows: Vec<_> = files
        .iter()
        .map(|path| {
            (module_of(&name(path)), uses(&module_of(&name(path)), &code_without_tests(path), &modules))
        })
        // A folder's own file is built of its parts, which implement what it declares.
        .filter(|(module, _)| {
            !files.iter().any(|path| name(path) == format!("{}/mod.rs", module.replace("::", "/")))
        })
        .collect();
    assert!(arrows.iter().map(|(_, to)| to.len()).sum::<usize>() > 40, "the arrows were not found");
    assert_eq!(circle(&arrows), None);
}

#[test]
fn the_rules_find_a_seeded_circle() {
    let modules = ["net::a", "net::b", "net::c"].map(str::to_owned);
    let seeded = |code: [&str; 3]| {
        let arrows: Vec<_> =
            modules.iter().zip(code).map(|(one, code)| (one.clone(), uses(one, code, &modules))).collect();
        circle(&arrows)
    };
    assert_eq!(seeded(["use super::b;", "use crate::net::c::X;", ""]), None);
    assert!(seeded(["use super::b;", "use crate::net::c::X;", "use super::a::{Y, Z};"]).is_some());
}
