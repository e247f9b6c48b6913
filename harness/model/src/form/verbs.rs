//! The macro for "several records, told apart by the key that names the verb".

/// Defines an enum of records of which each has a key that no other has.
///
/// ```text
/// verbs! {
///     /// One thing done with a connection.
///     pub enum Feed in "a connection" {
///         /// Opens it.
///         Open(OpenFeed) by "open",
///         /// Closes it.
///         Close(CloseFeed) by "close",
///     }
/// }
/// ```
/// A variant behind `=>` is taken when no verb is written.
#[macro_export]
macro_rules! verbs {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident in $what:literal {
            $( $(#[doc = $variant_doc:literal])* $variant:ident($ty:ty) by $key:literal, )*
            $( => $(#[doc = $else_doc:literal])* $else_variant:ident($else_ty:ty) $(,)? )?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[doc = $variant_doc])* $variant($ty), )*
            $( $(#[doc = $else_doc])* $else_variant($else_ty), )?
        }

        impl $name {
            /// The keys that tell the variants apart.
            pub const VERBS: &'static [&'static str] = &[$($key),*];
        }

        impl $crate::form::Form for $name {
            fn read(
                node: &$crate::yaml::Node,
                diagnostics: &mut $crate::yaml::Diagnostics,
            ) -> Option<Self> {
                let mut map = $crate::form::MapReader::open($what, node, diagnostics)?;
                $(
                    if !Self::VERBS.iter().any(|verb| map.has(verb)) {
                        return <$else_ty as $crate::form::Form>::read(node, diagnostics).map(Self::$else_variant);
                    }
                )?
                let Some(entry) = map.only_one_of($what, Self::VERBS, diagnostics) else {
                    map.close(diagnostics);
                    return None;
                };
                match entry.key.text.as_str() {
                    $( $key => <$ty as $crate::form::Form>::read(node, diagnostics).map(Self::$variant), )*
                    _ => None,
                }
            }

            fn write(&self) -> $crate::yaml::Node {
                match self {
                    $( Self::$variant(value) => $crate::form::Form::write(value), )*
                    $( Self::$else_variant(value) => <$else_ty as $crate::form::Form>::write(value), )?
                }
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::form::any_of([
                    $( <$ty as $crate::form::Form>::schema(generator), )*
                    $( <$else_ty as $crate::form::Form>::schema(generator), )?
                ])
            }

            fn names<'a>(&'a self, visit: &mut $crate::form::NameVisitor<'a, '_>) {
                match self {
                    $( Self::$variant(value) => $crate::form::Form::names(value, visit), )*
                    $( Self::$else_variant(value) => <$else_ty as $crate::form::Form>::names(value, visit), )?
                }
            }
        }
    };
}
