//! Text from outside, as the tool prints it: one line of printable ASCII.
//!
//! Endpoints and other strings of a document may hold control and direction characters, which could
//! make a terminal show something else than what is there.

/// `text` with everything outside printable ASCII as `\u{…}`, and the backslash doubled.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => shown.push_str("\\\\"),
            ' '..='~' => shown.push(character),
            _ => shown.extend(character.escape_unicode()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_text_is_ascii_on_one_line_and_tells_different_texts_apart() {
        let table = [
            ("https://a.example/ ~", "https://a.example/ ~"),
            ("a\0b\n\u{7f}", r"a\u{0}b\u{a}\u{7f}"),
            ("\u{202e}é", r"\u{202e}\u{e9}"),
            (r"\u{202e}", r"\\u{202e}"),
        ];
        for (text, shown) in table {
            assert_eq!(printable(text), shown);
        }
    }
}
