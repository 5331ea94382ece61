//! Workspaces of `uv`: projects that share the environment of the folder above them.

use std::fs;
use std::path::Path;

/// The top folder of the workspace that a project is a member of.
///
/// As for `uv`, it is the nearest folder above whose `pyproject.toml` has the table `tool.uv.workspace`.
/// Which members that lists is not checked, but a repository of its own is no member.
pub(super) fn workspace_of(project: &Path) -> Option<&Path> {
    if !project.join("pyproject.toml").exists() {
        return None;
    }
    let is_repository = |folder: &Path| folder.join(".git").exists();
    let top = project
        .ancestors()
        .find(|folder| is_repository(folder) || is_workspace(folder))?;
    is_workspace(top).then_some(top)
}

fn is_workspace(folder: &Path) -> bool {
    fs::read_to_string(folder.join("pyproject.toml")).is_ok_and(|text| has_table(&text))
}

fn has_table(text: &str) -> bool {
    let mut table = String::new();
    text.lines().any(|line| {
        let line = line.split('#').next().unwrap_or(line);
        let line: String = line.split_whitespace().collect();
        if line.starts_with('[') {
            table = line;
            return table == "[tool.uv.workspace]";
        }
        table == "[tool.uv]" && (line.starts_with("workspace=") || line.starts_with("workspace."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_found_wherever_it_stands() {
        assert!(has_table(
            "[project]\nname = 'a'\n\n[tool.uv.workspace] # all\nmembers = []"
        ));
        assert!(has_table(" [ tool.uv . workspace ]\r\n"));
        assert!(!has_table(
            "# [tool.uv.workspace]\n[tool.uv.sources]\na = { workspace = true }"
        ));
        assert!(has_table("[tool.uv]\nworkspace = { members = [] }"));
        assert!(has_table("[tool.uv]\nworkspace.members = []"));
        assert!(!has_table("[tool.other]\nworkspace = {}"));
        assert!(!has_table(""));
    }
}
