//! Operations and their parameters, as data.
//!
//! An operation is a POST to a resource with an `operationName`. What may be asked of a resource is a table
//! of [`Operation`]s; the same tables parse requests and make the documents, so that the two cannot differ.

use crate::resources::{Capability, FeatureId, Role};
use crate::target::TargetKind;

/// Something that can be asked of a resource.
#[derive(Debug)]
pub struct Operation {
    /// The canonical `operationName`.
    pub name: &'static str,
    /// Other names that are accepted.
    pub aliases: &'static [&'static str],
    /// The members beside `operationName`.
    pub parameters: &'static [Parameter],
    /// What holds between parameters.
    pub rules: &'static [Rule],
    /// The features that the contact center must have; without one the operation looks unknown.
    pub features: &'static [FeatureId],
    /// The roles of which the caller must have one; empty for everybody.
    pub roles: &'static [Role],
    /// The token that must be in the resource's `capabilities`, where it has such a list.
    pub capability: Option<Capability>,
    /// Whether the answer carries a `referenceId`.
    pub answers_reference_id: bool,
    /// Whether the operation is ours.
    pub extension: bool,
    /// What it does.
    pub doc: &'static str,
}

impl Operation {
    /// An operation without parameters that everybody may ask for.
    #[must_use]
    pub const fn new(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            parameters: &[],
            rules: &[],
            features: &[],
            roles: &[],
            capability: None,
            answers_reference_id: false,
            extension: false,
            doc,
        }
    }

    /// Accepts other names, too.
    #[must_use]
    pub const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Takes parameters.
    #[must_use]
    pub const fn takes(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Has rules between parameters.
    #[must_use]
    pub const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }

    /// Needs features of the contact center.
    #[must_use]
    pub const fn needs(mut self, features: &'static [FeatureId]) -> Self {
        self.features = features;
        self
    }

    /// Is for callers with one of these roles.
    #[must_use]
    pub const fn for_roles(mut self, roles: &'static [Role]) -> Self {
        self.roles = roles;
        self
    }

    /// Is possible while this token is listed.
    #[must_use]
    pub const fn listed_as(mut self, token: Capability) -> Self {
        self.capability = Some(token);
        self
    }

    /// Answers a `referenceId`.
    #[must_use]
    pub const fn referenced(mut self) -> Self {
        self.answers_reference_id = true;
        self
    }

    /// Is ours.
    #[must_use]
    pub const fn ours(mut self) -> Self {
        self.extension = true;
        self
    }

    /// The operation that a request means by this name.
    #[must_use]
    pub fn find(table: &'static [Self], name: &str) -> Option<&'static Self> {
        table.iter().find(|operation| operation.name == name || operation.aliases.contains(&name))
    }

    /// The parameter of this canonical name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// A member of a request body.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The canonical name.
    pub name: &'static str,
    /// Other names that are accepted; the canonical one wins.
    pub aliases: &'static [&'static str],
    /// What values it has.
    pub kind: Kind,
    /// Whether a request without it is refused.
    pub required: bool,
    /// Whether a request with it is refused.
    pub read_only: bool,
    /// The word or `true`/`false` that stands for its absence.
    pub default: Option<&'static str>,
    /// What it means.
    pub doc: &'static str,
}

/// The values that a parameter can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text of at most so many bytes. A required one has at least one.
    Text {
        /// The limit.
        max_bytes: usize,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`, also as a string.
    Flag,
    /// An integer in a range, also as a string.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// An array of texts.
    TextList {
        /// The limit of each text.
        max_bytes: usize,
    },
    /// An array of these words.
    ChoiceList(&'static [&'static str]),
    /// An object of strings, integers and nulls.
    UserData,
    /// An object of any JSON but decimal numbers.
    CallData,
    /// Keys of a telephone: at most so many of `0` to `9`, `*`, `#` and `A` to `D`.
    Keys {
        /// The limit.
        max: usize,
    },
    /// The URI or path of something in one of these collections; where there is one collection only, the
    /// ID will do.
    Target(&'static [TargetKind]),
    /// An object with these members.
    Object(&'static [Parameter]),
    /// An array of objects with these members.
    Objects(&'static [Parameter]),
}

/// What holds between the parameters of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// At least one of these is given.
    AnyOf(&'static [&'static str]),
    /// One of these is given, and no other. A flag that is `false` counts as absent.
    ExactlyOne(&'static [&'static str]),
    /// The first is given only together with the second.
    OnlyWith(&'static str, &'static str),
}

impl Parameter {
    /// A parameter of some kind, optional.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, aliases: &[], kind, required: false, read_only: false, default: None, doc }
    }

    /// A text of ordinary length.
    #[must_use]
    pub const fn name(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Text { max_bytes: limits::NAME_BYTES }, doc)
    }

    /// A text of the length of a message.
    #[must_use]
    pub const fn text(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Text { max_bytes: limits::TEXT_BYTES }, doc)
    }

    /// One of some words.
    #[must_use]
    pub const fn choice(name: &'static str, words: &'static [&'static str], doc: &'static str) -> Self {
        Self::new(name, Kind::Choice(words), doc)
    }

    /// A yes or no.
    #[must_use]
    pub const fn flag(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Flag, doc)
    }

    /// The address of something.
    #[must_use]
    pub const fn target(name: &'static str, kinds: &'static [TargetKind], doc: &'static str) -> Self {
        Self::new(name, Kind::Target(kinds), doc)
    }

    /// Makes it mandatory.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Makes it one that requests cannot set.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Accepts other names, too.
    #[must_use]
    pub const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Stands for its absence.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }
}

/// Limits of request bodies. The size of a whole body is the web server's to limit.
pub mod limits {
    /// The longest text of a message, in bytes of UTF-8.
    pub const TEXT_BYTES: usize = 32_768;
    /// The longest name, nickname, subject or the like, in bytes.
    pub const NAME_BYTES: usize = 255;
    /// The longest phone number as people write it, with spaces and brackets, in bytes.
    pub const PHONE_NUMBER_BYTES: usize = 64;
    /// The most keys of a telephone that are sent at once.
    pub const KEYS: usize = 64;
    /// The longest wrap-up that is asked for, in seconds.
    pub const WRAP_UP_SECONDS: i64 = 86_400;
    /// The longest address, in bytes.
    pub const URI_BYTES: usize = 2_048;
    /// The longest password, in bytes; what is longer costs more to hash than it protects.
    pub const PASSWORD_BYTES: usize = 512;
    /// The most entries of an array.
    pub const LIST_ITEMS: usize = 256;
    /// The most entries of a page of the suppression list.
    pub const SUPPRESSION_PAGE_ENTRIES: usize = 1_000;
    /// The most problems that the answer to an import lists.
    pub const IMPORT_PROBLEMS: usize = 100;
    /// The most entries of one `userData`.
    pub const USER_DATA_ENTRIES: usize = 256;
    /// The longest key in `userData`, in bytes.
    pub const USER_DATA_KEY_BYTES: usize = 255;
    /// The longest value in `userData`, in bytes.
    pub const USER_DATA_VALUE_BYTES: usize = 16_384;
    /// The most bytes of all keys and values of one `userData`.
    pub const USER_DATA_BYTES: usize = 65_536;
    /// The deepest nesting of a body.
    pub const NESTING: usize = 32;
}
