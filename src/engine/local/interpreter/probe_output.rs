//! What a probe prints, and how it is read.

use std::path::PathBuf;

use memchr::memmem;

use super::platform;

/// What an interpreter reports of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProbeOutput {
    /// `sys.executable`; may be relative or empty.
    pub(super) executable: PathBuf,
    pub(super) version: (u8, u8, u8),
}

/// Maximum length of a report, in bytes; paths are shorter than half of this.
const MAX_FIELDS: usize = 16 * 1024;

/// Marks the report among whatever else a wrapper prints. In [`CODE`] it is in two pieces, so that a
/// wrapper that prints its arguments does not count.
const MARKER: &str = "python-worker-pool-probe:";

/// One line without double quotes, because it must pass through batch files; runs on Python 2 too.
pub(super) const CODE: &str = "import sys; v=sys.version_info; \
    e=(sys.executable or '').encode(sys.getfilesystemencoding(),sys.getfilesystemencodeerrors())\
    .hex() if v>=(3,6) else ''; \
    print('python-worker-pool'+'-probe:'+str(v[0])+':'+str(v[1])+':'+str(v[2])+':'+e+':')";

/// What a program has printed, without [`CODE`]: a traceback quotes it, and so do many programs that take it
/// for the name of a file.
pub(super) fn without_code(output: &[u8]) -> Vec<u8> {
    let in_quotes = CODE.replace('\'', r"'\''");
    let text = String::from_utf8_lossy(output);
    text.replace(&in_quotes, "...").replace(CODE, "...").into()
}

impl ProbeOutput {
    /// The last report in the output. Called for each piece of it, so it must be quick for garbage.
    pub(super) fn parse(stdout: &[u8]) -> Option<Self> {
        memmem::rfind_iter(stdout, MARKER).find_map(|at| {
            let fields = &stdout[at + MARKER.len()..];
            let end = fields.len().min(MAX_FIELDS);
            Self::parse_fields(&String::from_utf8_lossy(&fields[..end]))
        })
    }

    fn parse_fields(text: &str) -> Option<Self> {
        let mut fields = text.split(':');
        let mut number = || fields.next()?.parse().ok();
        let version = (number()?, number()?, number()?);
        let executable = decode_hex(fields.next()?)?;
        // Only with the last separator is the path known to be complete.
        fields.next()?;
        Some(Self {
            executable: platform::path_from_bytes(&executable),
            version,
        })
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_found_among_garbage() {
        let output = format!("hello{MARKER}x:\n{MARKER}3:11:7:2f70:\nbye");
        let expected = ProbeOutput {
            executable: "/p".into(),
            version: (3, 11, 7),
        };
        assert_eq!(ProbeOutput::parse(output.as_bytes()), Some(expected));
    }

    #[test]
    fn half_a_report_does_not_count() {
        let output = format!("{MARKER}3:11:7:2f70");
        assert_eq!(ProbeOutput::parse(output.as_bytes()), None);
    }

    #[test]
    fn a_wrapper_that_prints_its_arguments_gives_no_report() {
        assert_eq!(ProbeOutput::parse(CODE.as_bytes()), None);
    }
}
