//! The macro for mappings with fields.

/// Defines a mapping: the struct, its reader, printer and schema.
///
/// ```text
/// record! {
///     /// One request.
///     pub struct Http in "http" {
///         /// Who asks.
///         identity: Option<IdentityRef> = optional("as"),
///         /// The method and the path.
///         call: Call = group,
///         /// Extra headers.
///         headers: Map<Template> = default("headers"),
///     }
/// }
/// ```
/// The kinds of fields are `required(key)`, `optional(key)` (an `Option`), `default(key)` (left
/// out when equal to its default), `group` (a [`Fragment`](crate::form::Fragment)) and `maybe`
/// (an `Option` of one). Every record also has a `span`, which equality ignores.
#[macro_export]
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident in $what:literal {
            $( $(#[doc = $field_doc:literal])* $field:ident : $ty:ty = $kind:ident $(($key:literal))? ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $( $(#[doc = $field_doc])* pub $field: $ty, )*
            /// Where it stands in its file.
            pub span: $crate::yaml::Span,
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $( self.$field == other.$field )&&*
            }
        }

        impl $crate::form::Fragment for $name {
            fn keys() -> Vec<&'static str> {
                let keys: Vec<Vec<&'static str>> = vec![$( $crate::record!(@keys $kind $(($key))? $ty) ),*];
                keys.concat()
            }

            fn take(
                map: &mut $crate::form::MapReader<'_>,
                diagnostics: &mut $crate::yaml::Diagnostics,
            ) -> Option<Self> {
                $( let $field: Option<$ty> = map.$kind($($key,)? diagnostics); )*
                Some(Self { $( $field: $field?, )* span: map.span() })
            }

            fn put(&self, map: &mut $crate::form::MapWriter) {
                $( map.$kind($($key,)? &self.$field); )*
            }

            fn shape(shape: &mut $crate::form::Shape, generator: &mut schemars::SchemaGenerator) {
                $( $crate::record!(@shape shape generator $kind $(($key))? $ty, concat!($($field_doc, "\n"),*)); )*
            }

            fn names<'a>(&'a self, visit: &mut $crate::form::NameVisitor<'a, '_>) {
                $( $crate::record!(@names visit $kind &self.$field); )*
            }
        }

        impl $crate::form::Form for $name {
            const STANDS_ALONE: bool = true;

            fn read(
                node: &$crate::yaml::Node,
                diagnostics: &mut $crate::yaml::Diagnostics,
            ) -> Option<Self> {
                let mut map = $crate::form::MapReader::open($what, node, diagnostics)?;
                let read = <Self as $crate::form::Fragment>::take(&mut map, diagnostics);
                map.close(diagnostics)?;
                read
            }

            fn write(&self) -> $crate::yaml::Node {
                let mut map = <$crate::form::MapWriter as Default>::default();
                <Self as $crate::form::Fragment>::put(self, &mut map);
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

    (@names $visit:ident group $value:expr) => { $crate::form::Fragment::names($value, $visit) };
    (@names $visit:ident maybe $value:expr) => {
        if let Some(value) = $value {
            $crate::form::Fragment::names(value, $visit);
        }
    };
    (@names $visit:ident optional $value:expr) => {
        if let Some(value) = $value {
            $crate::form::Form::names(value, $visit);
        }
    };
    (@names $visit:ident $kind:ident $value:expr) => { $crate::form::Form::names($value, $visit) };

    (@keys group $ty:ty) => { <$ty as $crate::form::Fragment>::keys() };
    (@keys maybe $ty:ty) => { <<$ty as $crate::form::Maybe>::Inner as $crate::form::Fragment>::keys() };
    (@keys $kind:ident ($key:literal) $ty:ty) => { vec![$key] };

    (@shape $shape:ident $generator:ident group $ty:ty, $doc:expr) => {
        <$ty as $crate::form::Fragment>::shape($shape, $generator)
    };
    (@shape $shape:ident $generator:ident maybe $ty:ty, $doc:expr) => {
        $shape.maybe(|shape| {
            <<$ty as $crate::form::Maybe>::Inner as $crate::form::Fragment>::shape(shape, $generator);
        })
    };
    (@shape $shape:ident $generator:ident required ($key:literal) $ty:ty, $doc:expr) => {{
        let schema = <$ty as $crate::form::Form>::schema($generator);
        $shape.key($key, $doc, true, schema)
    }};
    (@shape $shape:ident $generator:ident default ($key:literal) $ty:ty, $doc:expr) => {{
        let schema = <$ty as $crate::form::Form>::schema($generator);
        $shape.key($key, $doc, false, schema)
    }};
    (@shape $shape:ident $generator:ident optional ($key:literal) $ty:ty, $doc:expr) => {{
        let schema = <<$ty as $crate::form::Maybe>::Inner as $crate::form::Form>::schema($generator);
        $shape.key($key, $doc, false, schema)
    }};
}
