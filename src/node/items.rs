//! Consecutive items of a stream. Those that are small JSON cross to JavaScript as one text: a string for
//! each, and a parser for each, would cost several times as much.

use memchr::memchr;
use pool_core::CallId;
use pool_core::wire::Output;

/// Between two items in a joined text. What Python's encoder makes has no newline, so that a text that is no
/// array of its items can be taken apart again.
const SEPARATOR: &[u8] = b",\n";

/// Maximum size in bytes of an item that is joined to others, and of the text it is joined to: JavaScript
/// parses a text as a whole.
const MAX_JOINED: usize = 8 * 1024;

/// At least one item.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) stream: CallId,
    /// Their size in bytes, as they were sent.
    pub(super) size: usize,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    One(Output),
    /// The JSON array of so many items, still open.
    Joined(Vec<u8>, usize),
}

impl Items {
    pub(super) fn new(stream: CallId, item: Output) -> Self {
        Self {
            stream,
            size: item.size(),
            content: Content::One(item),
        }
    }

    /// Adds the next item of the stream, or gives it back if it is to cross by itself.
    pub(super) fn add(&mut self, item: Output) -> Result<(), Output> {
        if !can_join(&item) {
            return Err(item);
        }
        if let Content::One(first) = &self.content {
            if !can_join(first) {
                return Err(item);
            }
            let mut text = Vec::with_capacity(1024);
            text.push(b'[');
            text.extend_from_slice(first.json());
            self.content = Content::Joined(text, 1);
        }
        let Content::Joined(text, count) = &mut self.content else {
            return Err(item);
        };
        if text.len() >= MAX_JOINED {
            return Err(item);
        }
        text.extend_from_slice(SEPARATOR);
        text.extend_from_slice(item.json());
        *count += 1;
        self.size += item.size();
        Ok(())
    }
}

fn can_join(item: &Output) -> bool {
    let json = item.json();
    item.buffers().len() == 0 && json.len() < MAX_JOINED && memchr(b'\n', json).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(json: &str) -> Output {
        Output::new(json.as_bytes().to_vec())
    }

    fn items(first: &str) -> Items {
        Items::new(CallId(1), item(first))
    }

    fn text(items: &Items) -> Option<(&str, usize)> {
        match &items.content {
            Content::One(_) => None,
            Content::Joined(text, count) => Some((str::from_utf8(text).unwrap(), *count)),
        }
    }

    #[test]
    fn small_items_are_joined() {
        let mut items = items("1");
        assert_eq!(text(&items), None);
        items.add(item("\"two\"")).unwrap();
        items.add(item("[3]")).unwrap();
        assert_eq!(text(&items), Some(("[1,\n\"two\",\n[3]", 3)));
        assert_eq!(items.size, 9);
    }

    #[test]
    fn one_with_a_newline_crosses_by_itself() {
        let mut joined = items("1");
        assert_eq!(joined.add(item("2\n")), Err(item("2\n")));
        assert_eq!(items("1\n").add(item("2")), Err(item("2")));
    }

    #[test]
    fn a_long_one_crosses_by_itself() {
        let long = "1".repeat(MAX_JOINED);
        assert_eq!(items("1").add(item(&long)), Err(item(&long)));
        assert_eq!(items(&long).add(item("1")), Err(item("1")));
    }

    #[test]
    fn a_text_is_not_longer_than_it_and_an_item() {
        let half = "1".repeat(MAX_JOINED / 2);
        let mut items = items(&half);
        items.add(item(&half)).unwrap();
        assert_eq!(items.add(item("1")), Err(item("1")));
    }
}
