//! The macro for "exactly one key of several".

/// Defines an enum of which exactly one variant is written, as one key among others.
///
/// ```text
/// choice! {
///     /// What a step does.
///     pub enum Action in "a step" {
///         /// A request over HTTP.
///         Http(Http) = "http",
///     }
/// }
/// ```
/// It is a [`Fragment`](crate::form::Fragment) and, alone in a mapping, a
/// [`Form`](crate::form::Form).
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident in $what:literal {
            $( $(#[doc = $variant_doc:literal])* $variant:ident($ty:ty) = $key:literal ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[doc = $variant_doc])* $variant($ty), )*
        }

        impl $name {
            /// Every key of the choice, in the order of the reference.
            pub const KEYS: &'static [&'static str] = &[$($key),*];

            /// The key of this variant.
            pub fn key(&self) -> &'static str {
                match self { $( Self::$variant(_) => $key, )* }
            }
        }

        impl $crate::form::Fragment for $name {
            fn keys() -> Vec<&'static str> {
                Self::KEYS.to_vec()
            }

            fn take(
                map: &mut $crate::form::MapReader<'_>,
                diagnostics: &mut $crate::yaml::Diagnostics,
            ) -> Option<Self> {
                let entry = map.only_one_of($what, Self::KEYS, diagnostics)?;
                match entry.key.text.as_str() {
                    $( $key => <$ty as $crate::form::Form>::read(&entry.value, diagnostics).map(Self::$variant), )*
                    _ => None,
                }
            }

            fn put(&self, map: &mut $crate::form::MapWriter) {
                match self { $( Self::$variant(value) => map.required($key, value), )* }
            }

            fn shape(shape: &mut $crate::form::Shape, generator: &mut schemars::SchemaGenerator) {
                $({
                    let schema = <$ty as $crate::form::Form>::schema(generator);
                    shape.key($key, concat!($($variant_doc, "\n"),*), false, schema);
                })*
                shape.exactly_one(Self::KEYS);
            }

            fn names<'a>(&'a self, visit: &mut $crate::form::NameVisitor<'a, '_>) {
                match self { $( Self::$variant(value) => $crate::form::Form::names(value, visit), )* }
            }
        }

        impl $crate::form::Form for $name {
            fn read(
                node: &$crate::yaml::Node,
                diagnostics: &mut $crate::yaml::Diagnostics,
            ) -> Option<Self> {
                let mut map = $crate::form::MapReader::open($what, node, diagnostics)?;
                let read = map.group(diagnostics);
                map.close(diagnostics)?;
                read
            }

            fn write(&self) -> $crate::yaml::Node {
                let mut map = <$crate::form::MapWriter as Default>::default();
                $crate::form::Fragment::put(self, &mut map);
                map.finish()
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<$crate::form::Named<Self>>()
            }

            fn names<'a>(&'a self, visit: &mut $crate::form::NameVisitor<'a, '_>) {
                <Self as $crate::form::Fragment>::names(self, visit);
            }
        }

        impl $crate::form::NamedForm for $name {
            const NAME: &'static str = stringify!($name);

            fn definition(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut shape = $crate::form::Shape::default();
                <Self as $crate::form::Fragment>::shape(&mut shape, generator);
                shape.finish(concat!($($doc, "\n"),*))
            }
        }
    };
}
