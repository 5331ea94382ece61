//! Paths such as `\\?\C:\folder`, in which Windows returns a path without links. Few programs expect them.

use std::path::PathBuf;

const PREFIX: &str = r"\\?\";
const SHARE: &str = r"\\?\UNC\";

/// The path as users write it: `C:\folder`, `\\server\share\folder`. One that has no other form stays.
pub(super) fn simplify(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(simple) {
        Some(simple) => simple.into(),
        None => path,
    }
}

fn simple(path: &str) -> Option<String> {
    if let Some(share) = path.strip_prefix(SHARE) {
        return Some(format!(r"\\{share}"));
    }
    let rest = path.strip_prefix(PREFIX)?;
    let is_drive =
        matches!(rest.as_bytes(), [letter, b':', b'\\', ..] if letter.is_ascii_alphabetic());
    is_drive.then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simplified(path: &str) -> String {
        simplify(path.into())
            .into_os_string()
            .into_string()
            .unwrap()
    }

    #[test]
    fn a_path_on_a_drive_or_a_share_has_no_prefix() {
        assert_eq!(simplified(r"\\?\C:\my folder\a.py"), r"C:\my folder\a.py");
        assert_eq!(simplified(r"\\?\d:\"), r"d:\");
        assert_eq!(
            simplified(r"\\?\UNC\server\share\a.py"),
            r"\\server\share\a.py"
        );
    }

    #[test]
    fn another_path_stays() {
        for path in [
            r"C:\a.py",
            r"\\server\share\a.py",
            r"\\?\Volume{4c1b02c1-d990-11dc-99ae-806e6f6e6963}\a.py",
            r"\\?\C:",
            "/home/me/a.py",
            "",
        ] {
            assert_eq!(simplified(path), path);
        }
    }
}
