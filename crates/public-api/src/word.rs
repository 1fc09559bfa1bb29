//! Closed sets of words with an exact spelling on the wire.
//!
//! A word set is an enum whose every variant carries its spelling. The spelling is written once: what is
//! accepted, what is printed and what the schema lists come from the same line.

/// One of a closed set of words.
pub trait Word: Copy + 'static {
    /// Every spelling, in the order of the contract.
    const SPELLINGS: &'static [&'static str];

    /// The word with exactly this spelling.
    fn parse(spelling: &str) -> Option<Self>;

    /// The spelling on the wire.
    fn as_str(self) -> &'static str;
}

/// Declares a closed set of words: an enum, its spellings, its JSON form and its schema.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $spelling:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $spelling, "`")] $variant,)+
        }

        impl $name {
            /// Every word, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The spelling on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $spelling,)+ }
            }
        }

        impl $crate::word::Word for $name {
            const SPELLINGS: &'static [&'static str] = &[$($spelling,)+];

            fn parse(spelling: &str) -> Option<Self> {
                match spelling { $($spelling => Some(Self::$variant),)+ _ => None }
            }

            fn as_str(self) -> &'static str {
                Self::as_str(self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(<Self as $crate::word::Word>::SPELLINGS.iter().copied()))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use words;
