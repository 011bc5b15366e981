//! Texts that strangers wrote: no character of theirs may make a terminal show something else than what is there.

use std::borrow::Cow;

/// Whether a character is not seen but acts: control characters (terminal escapes begin with one), those that turn the
/// direction of writing around, other line ends, and those without width, which make two texts look alike.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Hidden characters by their code points, the rest as it is: what may be printed.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let spelled = |c: char| if is_hidden(c) { c.escape_unicode().collect() } else { String::from(c) };
    Cow::Owned(text.chars().map(spelled).collect())
}

/// The beginning of a text, fit to be printed.
pub(crate) fn cut(text: &str) -> String {
    escaped(&text.chars().take(80).collect::<String>()).into_owned()
}

/// Some things one after the other, and of many only how many more there are.
pub fn listed(things: &[impl ToString]) -> String {
    const MOST: usize = 8;
    let shown: Vec<_> = things.iter().take(MOST).map(ToString::to_string).collect();
    match things.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_spelled_out() {
        assert_eq!(escaped("MIT OR Apache-2.0 – Größe 尺寸"), "MIT OR Apache-2.0 – Größe 尺寸");
        assert_eq!(escaped("a\u{1b}[2Jb\nc\u{9b}d"), "a\\u{1b}[2Jb\\u{a}c\\u{9b}d");
        assert_eq!(escaped("\u{202e}txt.py\u{200b}"), "\\u{202e}txt.py\\u{200b}");
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(listed(&["a", "b"]), "a, b");
        assert_eq!(listed(&[1; 10]), "1, 1, 1, 1, 1, 1, 1, 1 and 2 more");
    }
}
