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
const FENCED: [&str; 13] = [
    "binding/call.rs",
    "binding/instance.rs",
    "binding/kept.rs",
    "binding/loop_waker.rs",
    "binding/scope.rs",
    "binding/start.rs",
    "binding/utf8.rs",
    "engine/uv.rs",
    "sys/epoll.rs",
    "sys/fd.rs",
    "sys/memory.rs",
    "sys/pollable.rs",
    "sys/socket.rs",
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
