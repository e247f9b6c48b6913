//! The macro for "one bare word of several".

/// Defines an enum that is written as one word.
///
/// ```text
/// words! {
///     /// Whether a replay needs a world of its own.
///     pub enum Sharing in "world" {
///         /// A new one.
///         Fresh = "fresh",
///         /// One that others read, too.
///         Shared = "shared",
///     }
/// }
/// ```
#[macro_export]
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident in $what:literal {
            $( $(#[doc = $variant_doc:literal])* $variant:ident = $word:literal ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[doc = $variant_doc])* $variant, )*
        }

        impl $name {
            /// Every variant.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Every word, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word of this variant.
            pub fn word(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }

            /// What it means, as its definition says it.
            pub fn about(self) -> String {
                let doc = match self { $( Self::$variant => concat!($($variant_doc, "\n"),*), )* };
                doc.split_whitespace().collect::<Vec<_>>().join(" ")
            }

            /// The variant of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$variant), )* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl $crate::form::Form for $name {
            fn read(
                node: &$crate::yaml::Node,
                diagnostics: &mut $crate::yaml::Diagnostics,
            ) -> Option<Self> {
                let found = node.as_text().and_then(Self::from_word);
                if found.is_none() {
                    let written = node.as_text().unwrap_or_else(|| node.kind());
                    let message = format!("{}: `{written}` is not one of {}", $what, Self::WORDS.join(", "));
                    diagnostics.push(
                        $crate::yaml::Diagnostic::error(node.span, message)
                            .did_you_mean(written, Self::WORDS.iter().copied()),
                    );
                }
                found
            }

            fn write(&self) -> $crate::yaml::Node {
                $crate::yaml::Node::text(self.word())
            }

            fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": Self::WORDS })
            }
        }
    };
}
