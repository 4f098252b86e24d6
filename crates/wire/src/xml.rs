//! XML as AWS's Query services write it: elements and text, no attribute but the namespace.

use crate::Sink;

/// An XML document that is being written.
pub(crate) struct XmlWriter {
    document: String,
}

impl XmlWriter {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            document: String::with_capacity(bytes),
        }
    }

    /// Begins the outermost element. `namespace` is a constant of this crate.
    pub(crate) fn open_root(&mut self, name: &[&str], namespace: &str) {
        self.document.push('<');
        self.document.extend(name.iter().copied());
        self.document.push_str(" xmlns=\"");
        self.document.push_str(namespace);
        self.document.push_str("\">");
    }

    pub(crate) fn open(&mut self, name: &str) {
        self.document.push('<');
        self.document.push_str(name);
        self.document.push('>');
    }

    pub(crate) fn close(&mut self, name: &[&str]) {
        self.document.push_str("</");
        self.document.extend(name.iter().copied());
        self.document.push('>');
    }

    pub(crate) fn element(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            self.empty(name);
            return;
        }
        self.open(name);
        self.escape(text);
        self.close(&[name]);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.document.into_bytes()
    }

    fn empty(&mut self, name: &str) {
        self.document.push('<');
        self.document.push_str(name);
        self.document.push_str("/>");
    }

    /// Writes text so that a parser gives back the same text.
    ///
    /// A bare carriage return would come back as a line feed, so it is a numeric reference. XML 1.0
    /// has no way at all to write the other control characters, so those become U+FFFD: an answer
    /// that does not parse would be worse.
    fn escape(&mut self, text: &str) {
        // Nearly every text is plain ASCII, which needs no look at its characters.
        if text
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>'))
        {
            self.document.push_str(text);
            return;
        }
        let mut plain_from = 0;
        for (index, character) in text.char_indices() {
            let replacement = match character {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\r' => "&#13;",
                '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'.. => continue,
                _ => "\u{fffd}",
            };
            self.document
                .push_str(text.get(plain_from..index).unwrap_or_default());
            self.document.push_str(replacement);
            plain_from = index + character.len_utf8();
        }
        self.document.push_str(text.get(plain_from..).unwrap_or_default());
    }
}

impl Sink for XmlWriter {
    fn text(&mut self, name: &str, text: &str) {
        self.element(name, text);
    }

    fn sensitive(&mut self, name: &str, text: &str) {
        self.element(name, text);
    }

    fn literal(&mut self, name: &str, text: &str) {
        self.element(name, text);
    }

    fn open_structure(&mut self, name: &str) {
        self.open(name);
    }

    fn close_structure(&mut self, name: &str) {
        self.close(&[name]);
    }

    fn open_list(&mut self, name: &str, length: usize) {
        if length == 0 {
            self.empty(name);
        } else {
            self.open(name);
        }
    }

    fn close_list(&mut self, name: &str, length: usize) {
        if length > 0 {
            self.close(&[name]);
        }
    }
}
