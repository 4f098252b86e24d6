//! The tables of an input's shape, which the decoder walks.

use crate::pattern::Pattern;

/// The shape of a value.
pub(crate) enum Shape {
    String(StringShape),
    Integer(Bounds),
    Boolean,
    List(ListShape),
    Map(MapShape),
    Structure(&'static Structure),
}

/// Members of a structure, in the model's order.
pub(crate) struct Structure {
    pub(crate) members: &'static [Member],
}

/// One member of a structure.
pub(crate) struct Member {
    /// Its name on the wire.
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) shape: &'static Shape,
}

/// Constraints of a string.
pub(crate) struct StringShape {
    /// Bounds of its length, in characters.
    pub(crate) length: Bounds,
    pub(crate) pattern: Option<&'static Pattern>,
    /// The values it may have; any when empty.
    pub(crate) values: &'static [&'static str],
    /// Whether it must not be shown.
    pub(crate) sensitive: bool,
    pub(crate) wording: Wording,
}

/// Constraints of a list.
pub(crate) struct ListShape {
    pub(crate) element: &'static Shape,
    /// Bounds of the number of elements.
    pub(crate) length: Bounds,
}

/// Constraints of a map.
pub(crate) struct MapShape {
    /// Always a string.
    pub(crate) key: &'static Shape,
    pub(crate) value: &'static Shape,
    /// Bounds of the number of entries.
    pub(crate) length: Bounds,
}

/// Inclusive bounds.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
}

/// In which words AWS refuses a string that is empty or does not match its pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    /// As a failed constraint.
    Constraint,
    /// In the sentence that IAM has for names.
    Name,
    /// In the sentence that IAM has for paths.
    Path,
}

impl Bounds {
    pub(crate) const NONE: Self = Self { min: None, max: None };
}

/// A string without constraints, for the methods below to add to.
pub(crate) const fn string() -> StringShape {
    StringShape {
        length: Bounds::NONE,
        pattern: None,
        values: &[],
        sensitive: false,
        wording: Wording::Constraint,
    }
}

/// Bounds that the model states; it may state either alone.
pub(crate) const fn bounds(min: Option<i64>, max: Option<i64>) -> Bounds {
    Bounds { min, max }
}

impl StringShape {
    pub(crate) const fn length(mut self, length: Bounds) -> Self {
        self.length = length;
        self
    }

    pub(crate) const fn pattern(mut self, text: &'static str) -> Self {
        self.pattern = Some(Pattern::of(text));
        self
    }

    pub(crate) const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    pub(crate) const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    pub(crate) const fn worded(mut self, wording: Wording) -> Self {
        self.wording = wording;
        self
    }
}

/// Declares a structure that is taken in: the type, its table, and both directions of the codec.
///
/// It can be written out as well, because audit records show what was asked for.
macro_rules! input {
    ($name:ident { $($field:ident: $type:ty = $wire:literal $shape:ident,)* }) => {
        #[doc = concat!("`", stringify!($name), "` of the service's model.")]
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $(#[doc = concat!("`", $wire, "`")] pub $field: $type,)*
        }

        impl $crate::Decode for $name {
            const SHAPE: $crate::decode::InputShape =
                $crate::decode::InputShape(&$crate::shape::Structure {
                    members: &[$($crate::shape::Member {
                        name: $wire,
                        required: <$type as $crate::value::FromValue>::REQUIRED,
                        shape: &$shape,
                    },)*],
                });

            fn from_members(#[allow(unused_variables)] members: &mut $crate::value::Members<'_>) -> Self {
                Self { $($field: members.take(),)* }
            }
        }

        $crate::shape::encode!($name { $($field = $wire,)* });
    };
}
pub(crate) use input;

/// Declares a structure that is only given out.
macro_rules! output {
    ($(#[$attribute:meta])* $name:ident { $($field:ident: $type:ty = $wire:literal,)* }) => {
        #[doc = concat!("`", stringify!($name), "` of the service's model.")]
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $(#[doc = concat!("`", $wire, "`")] pub $field: $type,)*
        }

        $crate::shape::encode!($name { $($field = $wire,)* });
    };
}
pub(crate) use output;

macro_rules! encode {
    ($name:ident { $($field:ident = $wire:literal,)* }) => {
        impl $crate::Encode for $name {
            fn encode(&self, #[allow(unused_variables)] sink: &mut dyn $crate::Sink) {
                $($crate::Write::write(&self.$field, $wire, sink);)*
            }
        }
    };
}
pub(crate) use encode;
