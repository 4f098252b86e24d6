//! From shapes to a notation: XML for answers, JSON for audit records.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use keystead_types::Timestamp;
use zeroize::Zeroize;

use crate::{Blob, Sensitive};

/// A structure that can be written out.
pub trait Encode {
    /// Writes its members, in the model's order.
    fn encode(&self, sink: &mut dyn Sink);
}

/// A notation that shapes are written in.
pub trait Sink {
    /// A string, or what travels as one.
    fn text(&mut self, name: &str, text: &str);
    /// A string that only its addressee may see.
    fn sensitive(&mut self, name: &str, text: &str);
    /// An integer or a boolean.
    fn literal(&mut self, name: &str, text: &str);
    /// Begins a structure.
    fn open_structure(&mut self, name: &str);
    /// Ends it.
    fn close_structure(&mut self, name: &str);
    /// Begins a list of so many elements, each written under the name `member`, or `entry` in a map.
    fn open_list(&mut self, name: &str, length: usize);
    /// Ends it.
    fn close_list(&mut self, name: &str, length: usize);
}

/// A value that a member can have.
pub trait Write {
    /// Writes the value under the member's name; nothing for a value that is not there.
    fn write(&self, name: &str, sink: &mut dyn Sink);
}

impl Encode for () {
    fn encode(&self, _: &mut dyn Sink) {}
}

impl<T: Encode> Write for T {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.open_structure(name);
        self.encode(sink);
        sink.close_structure(name);
    }
}

impl Write for String {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.text(name, self);
    }
}

impl Write for Sensitive<String> {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.sensitive(name, self.expose());
    }
}

impl Write for Blob {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.text(name, &BASE64.encode(&self.0));
    }
}

impl Write for Sensitive<Blob> {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        let mut text = BASE64.encode(&self.expose().0);
        sink.sensitive(name, &text);
        text.zeroize();
    }
}

impl Write for Timestamp {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.text(name, &self.to_string());
    }
}

impl Write for i32 {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.literal(name, &self.to_string());
    }
}

impl Write for bool {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.literal(name, if *self { "true" } else { "false" });
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        if let Some(value) = self {
            value.write(name, sink);
        }
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.open_list(name, self.len());
        for element in self {
            element.write("member", sink);
        }
        sink.close_list(name, self.len());
    }
}

impl<T: Write> Write for BTreeMap<String, T> {
    fn write(&self, name: &str, sink: &mut dyn Sink) {
        sink.open_list(name, self.len());
        for (key, value) in self {
            sink.open_structure("entry");
            key.write("key", sink);
            value.write("value", sink);
            sink.close_structure("entry");
        }
        sink.close_list(name, self.len());
    }
}
