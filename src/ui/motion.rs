//! Whether the desktop asks for less motion, as far as its files tell: GTK's settings, where most desktops write it, and KDE's.
//!
//! GNOME keeps it in a database of its own, Windows and macOS behind calls into the system, none of which can be asked without
//! unsafe code or a bus client: there the command "Less motion" is the way.

use std::{fs, path::Path};

/// Whether the desktop whose settings lie in this folder (`~/.config`) asks for less motion.
pub fn is_unwanted(config: &Path) -> bool {
    let read = |name: &str| fs::read_to_string(config.join(name)).unwrap_or_default();
    let is_off = |value: &str| matches!(value, "0" | "false" | "False" | "FALSE");
    let gtk = |name: &str| value_of(&read(name), "Settings", "gtk-enable-animations").is_some_and(is_off);
    // A factor of 0 is KDE's word for instant.
    let is_instant = |factor: &str| factor.parse::<f32>().is_ok_and(|factor| factor == 0.0);
    gtk("gtk-4.0/settings.ini")
        || gtk("gtk-3.0/settings.ini")
        || value_of(&read("kdeglobals"), "KDE", "AnimationDurationFactor").is_some_and(is_instant)
}

/// A value of a file of groups and keys, as the Desktop Entry Specification has them.
fn value_of<'a>(text: &'a str, group: &str, key: &str) -> Option<&'a str> {
    let mut is_inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            is_inside = name == group;
        } else if is_inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            return Some(value.trim());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(file: &str, text: &str) -> bool {
        let config = tempfile::tempdir().expect("a folder");
        let file = config.path().join(file);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(&file, text).expect("written");
        is_unwanted(config.path())
    }

    #[test]
    fn gtk_and_kde_say_whether_things_may_move() {
        assert!(asks("gtk-3.0/settings.ini", "[Settings]\ngtk-theme-name = Breeze\ngtk-enable-animations = false\n"));
        assert!(asks("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=0\n"));
        assert!(!asks("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=true\n"));
        assert!(asks("kdeglobals", "[General]\nfont=x\n[KDE]\nAnimationDurationFactor=0\n"));
        assert!(!asks("kdeglobals", "[KDE]\nAnimationDurationFactor=0.5\n"));
        assert!(!asks("kdeglobals", "[General]\nAnimationDurationFactor=0\n"), "another group");
        assert!(!is_unwanted(Path::new("/no/such/folder")));
    }
}
