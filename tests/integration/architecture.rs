//! The data flows one way: which module may name which.

use std::{fs, path::Path};

/// Each module of the crate and the modules that it may name.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("source", &["model"]),
    ("jwt", &["model"]),
    ("formats", &["model", "source", "jwt"]),
    ("sessions", &["model", "formats"]),
    ("diagnosis", &["model"]),
    ("samples", &[]),
    ("simulation", &["model"]),
    ("inspection", &["model", "source", "formats", "jwt", "sessions", "diagnosis"]),
    ("report", &["model", "source", "formats", "diagnosis", "inspection"]),
    ("query", &["model", "source", "inspection"]),
    ("timeline", &["model", "inspection"]),
    ("cli", &["model", "source", "formats", "jwt", "diagnosis", "inspection", "report", "samples", "simulation"]),
    ("ui", &["model", "source", "jwt", "diagnosis", "inspection", "samples", "timeline", "report", "formats", "query"]),
];

fn sources(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules that a source names by `crate::`, alone or in braces.
fn named(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let mut depth = 0;
        if !rest.starts_with('{') {
            names.push(rest.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect());
            continue;
        }
        let mut word = String::new();
        for character in rest.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 1 => break,
                '}' => depth -= 1,
                ',' if depth == 1 => word.clear(),
                ':' if depth == 1 && !word.is_empty() => names.push(std::mem::take(&mut word)),
                character if depth == 1 && (character.is_alphanumeric() || character == '_') => word.push(character),
                _ => {}
            }
        }
    }
    names
}

#[test]
fn no_module_names_one_that_comes_after_it() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    for path in files {
        let inside = path.strip_prefix("src").unwrap();
        let module = inside.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        if module == "lib" || module == "main" {
            continue;
        }
        let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == module) else {
            panic!("{} is of no module in the table", path.display());
        };
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("super::super::super"), "{} climbs too far", path.display());
        for name in named(&text) {
            let known = MAY_NAME.iter().any(|(module, _)| *module == name);
            assert!(
                name == module || !known || allowed.contains(&name.as_str()),
                "{} names crate::{name}",
                path.display()
            );
        }
    }
}

#[test]
fn the_core_knows_no_screen_and_no_clock() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    for path in files {
        let outside = ["src/ui", "src/cli", "src/main.rs"].iter().any(|edge| path.starts_with(edge));
        let text = fs::read_to_string(&path).unwrap();
        if !outside {
            assert!(!text.contains("egui::"), "{} names the screen", path.display());
            assert!(
                !text.contains("Timestamp::now") && !text.contains("SystemTime::now"),
                "{} reads the clock",
                path.display()
            );
        }
    }
}
