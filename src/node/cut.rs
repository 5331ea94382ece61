//! Texts of a script's that are too long for V8, or to wait.

/// Cuts a text that is longer than `limit` bytes, and says so.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit).rev().find(|&end| text.is_char_boundary(end));
    let rest = text.split_off(end.unwrap_or_default()).len();
    format!("{text} [... {rest} bytes cut]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = "aéé".to_owned();
        assert_eq!(cut(text.clone(), 5), text);
        assert_eq!(cut(text.clone(), 4), "aé [... 2 bytes cut]");
        assert_eq!(cut(text, 0), " [... 5 bytes cut]");
    }
}
