//! The changes that are made to observations.

macro_rules! operators {
    ($( $(#[$doc:meta])* $name:ident = $word:literal ),* $(,)?) => {
        /// A change of an observation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operator { $( $(#[$doc])* $name ),* }

        impl Operator {
            /// Every operator.
            pub const ALL: &[Operator] = &[$( Operator::$name ),*];

            /// Its name in reports.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $( Operator::$name => $word ),* }
            }
        }
    };
}

operators! {
    /// The next status code.
    StatusPlusOne = "status+1",
    /// The status code before.
    StatusMinusOne = "status-1",
    /// Success becomes a server error, anything else success.
    StatusClass = "status class",
    /// Found becomes not found, and the other way round.
    StatusFound = "200<->404",
    /// A header is missing.
    HeaderDrop = "header dropped",
    /// A header says something else.
    HeaderChange = "header changed",
    /// A header comes twice.
    HeaderTwice = "header twice",
    /// A header's value in the other case.
    HeaderCase = "header case",
    /// The body is empty.
    BodyEmpty = "body empty",
    /// A key is missing.
    KeyDrop = "key dropped",
    /// There is one key more.
    KeyAdd = "key added",
    /// A key is called otherwise.
    KeyRename = "key renamed",
    /// A value of another type.
    Retype = "retyped",
    /// One more.
    NumberPlusOne = "number+1",
    /// One less.
    NumberMinusOne = "number-1",
    /// Two values of an object change places.
    Swap = "swapped",
    /// An empty text.
    StringEmpty = "text empty",
    /// A text without its last character.
    StringTruncate = "text cut",
    /// A text with another character in it.
    StringChange = "character changed",
    /// An empty list.
    ListEmpty = "list empty",
    /// The first item comes twice.
    ItemTwice = "item twice",
    /// The last item is missing.
    ItemDrop = "item dropped",
    /// The items in the opposite order.
    Reorder = "reordered",
    /// An object without fields.
    ObjectEmpty = "object empty",
    /// Nothing in place of a value.
    Null = "null",
    /// The opposite.
    Negate = "negated",
    /// The last line of a text is missing.
    LineDrop = "line dropped",
    /// A row is missing.
    RowDrop = "row dropped",
    /// There is one row more, of nothing.
    RowAdd = "row added",
    /// A row comes twice.
    RowTwice = "row twice",
    /// The rows in the opposite order.
    RowsReorder = "rows reordered",
    /// A counter that is one too high.
    CounterPlusOne = "count+1",
    /// A counter that is one too low.
    CounterMinusOne = "count-1",
    /// A frame did not come.
    FrameDrop = "frame dropped",
    /// Two frames in the opposite order.
    FrameReorder = "frames reordered",
    /// A frame came twice.
    FrameTwice = "frame twice",
    /// A frame came after the time was over.
    FrameDelay = "frame late",
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_operator_has_a_name_of_its_own() {
        let words: HashSet<_> = Operator::ALL.iter().map(|operator| operator.word()).collect();
        assert_eq!(words.len(), Operator::ALL.len());
        assert!(words.len() >= 25, "{}", words.len());
    }
}
