//! Every path of the API, with its methods, bodies and answers.
//!
//! Paths are relative to `/api/v2`. A path with `{sessions}` stands for chats and for SMS sessions, under
//! each spelling that is accepted. A trailing slash is accepted everywhere.

mod customer;
mod me;
mod platform;
mod provisioning;
mod recordings;
mod texts;
mod users;

use crate::dialect::Dialect;
use crate::operation::{Operation, Parameter};
use crate::resources::{FeatureId, Role};

/// A path and what can be done with it.
#[derive(Debug)]
pub struct Route {
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// The methods.
    pub endpoints: &'static [Endpoint],
    /// What is there.
    pub doc: &'static str,
}

/// One method of one path.
#[derive(Debug)]
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// Who comes by here.
    pub door: Door,
    /// The features that the contact center must have.
    pub features: &'static [FeatureId],
    /// The roles of which the caller must have one; empty for everybody.
    pub roles: &'static [Role],
    /// What is sent.
    pub body: Body,
    /// What is answered.
    pub answer: Answer,
    /// The only kind of session that has the endpoint, where a path stands for all of them.
    pub dialect: Option<&'static Dialect>,
    /// Whether rows of `text/csv` go in, or come out, as an alternative.
    pub rows: bool,
    /// Parameters of the query string, beside those that all reads of this kind have.
    pub query: &'static [QueryParameter],
    /// Whether the endpoint is ours.
    pub extension: bool,
    /// What it does.
    pub doc: &'static str,
}

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something, or asks for an operation.
    Post,
    /// Changes something.
    Put,
    /// Removes something.
    Delete,
}

/// Who comes by an endpoint, and how they say who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Users, by name and password or by cookie.
    Users,
    /// Customers, who name a contact center only.
    Customers,
    /// Anybody.
    Everybody,
}

/// What is sent to an endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// One of these operations. The flag says whether names of custom agent states are taken, too.
    Operation(&'static [Operation], bool),
    /// An object to make.
    Object(&'static [Parameter]),
    /// Changes of an object.
    Changes(&'static [Parameter]),
    /// An object of free form.
    Free,
    /// Messages of the push protocol.
    Push,
}

/// What an endpoint answers on success, beside `statusCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing more; operations may add a `referenceId`.
    Done,
    /// Done, or done in part.
    Bulk,
    /// An object: its member, and the name of its schema.
    Object(&'static str, &'static str),
    /// Links, or objects: their member, and the name of their schema.
    Collection(&'static str, &'static str),
    /// A chat or SMS session.
    Session,
    /// Links to chats or SMS sessions, or the objects.
    Sessions(&'static str),
    /// Objects without links: their member, and the name of their schema.
    List(&'static str, &'static str),
    /// What was made: `id`, `uri`, `path`.
    Created,
    /// The chat that was made: `id`, `path`.
    ChatRequested,
    /// Entries of settings, and the member that identifies each.
    Settings,
    /// A list that is always empty, under this member.
    Empty(&'static str),
    /// A document, not an envelope.
    Document,
    /// The version of the server.
    Version,
    /// Sound, not an envelope.
    Sound,
    /// Messages of the push protocol.
    Push,
}

/// A parameter of a query string.
#[derive(Debug)]
pub struct QueryParameter {
    /// The name.
    pub name: &'static str,
    /// Whether it is a number.
    pub is_number: bool,
    /// What it means.
    pub doc: &'static str,
}

impl Route {
    /// Every path that this route answers to: one, or one for each spelling of each dialect.
    #[must_use]
    pub fn paths(&self) -> Vec<(String, Option<&'static Dialect>)> {
        if !self.path.contains(SESSIONS) {
            return vec![(self.path.to_owned(), None)];
        }
        let spellings = |dialect: &'static Dialect| {
            std::iter::once(&dialect.collection)
                .chain(dialect.collection_aliases)
                .map(move |spelling| (self.path.replace(SESSIONS, spelling), Some(dialect)))
        };
        Dialect::ALL.into_iter().flat_map(spellings).collect()
    }

    /// The paths that are documented: without misspellings.
    #[must_use]
    pub fn canonical_paths(&self) -> Vec<(String, Option<&'static Dialect>)> {
        let is_canonical = |(path, dialect): &(String, Option<&'static Dialect>)| {
            dialect.is_none_or(|dialect| path.split('/').any(|segment| segment == dialect.collection))
        };
        self.paths().into_iter().filter(is_canonical).collect()
    }
}

impl Endpoint {
    /// A method for users of any role.
    #[must_use]
    pub const fn new(method: Method, answer: Answer, doc: &'static str) -> Self {
        Self {
            method,
            door: Door::Users,
            features: &[],
            roles: &[],
            body: Body::Nothing,
            answer,
            dialect: None,
            rows: false,
            query: &[],
            extension: false,
            doc,
        }
    }

    /// A read.
    #[must_use]
    pub const fn get(answer: Answer, doc: &'static str) -> Self {
        Self::new(Method::Get, answer, doc)
    }

    /// A POST.
    #[must_use]
    pub const fn post(body: Body, answer: Answer, doc: &'static str) -> Self {
        Self::new(Method::Post, answer, doc).sent(body)
    }

    /// A PUT.
    #[must_use]
    pub const fn put(body: Body, doc: &'static str) -> Self {
        Self::new(Method::Put, Answer::Done, doc).sent(body)
    }

    /// A DELETE.
    #[must_use]
    pub const fn delete(doc: &'static str) -> Self {
        Self::new(Method::Delete, Answer::Done, doc)
    }

    /// Takes a body.
    #[must_use]
    pub const fn sent(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Comes by another door.
    #[must_use]
    pub const fn by(mut self, door: Door) -> Self {
        self.door = door;
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

    /// Has parameters of its own in the query string.
    #[must_use]
    pub const fn asking(mut self, query: &'static [QueryParameter]) -> Self {
        self.query = query;
        self
    }

    /// Is there for one kind of session only.
    #[must_use]
    pub const fn only_for(mut self, dialect: &'static Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// Takes or answers rows of `text/csv`, too.
    #[must_use]
    pub const fn or_rows(mut self) -> Self {
        self.rows = true;
        self
    }

    /// Is ours.
    #[must_use]
    pub const fn ours(mut self) -> Self {
        self.extension = true;
        self
    }

    /// Whether the endpoint is at a path of this kind of session.
    #[must_use]
    pub fn is_for(&self, dialect: Option<&'static Dialect>) -> bool {
        self.dialect.is_none() || self.dialect == dialect
    }
}

impl Method {
    /// As in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Every route, grouped under the headings of the documents.
#[must_use]
pub fn routes() -> [(&'static str, &'static [Route]); 7] {
    [
        ("Me", me::ROUTES),
        ("Users", users::ROUTES),
        ("Provisioning", provisioning::ROUTES),
        ("Recordings", recordings::ROUTES),
        ("Texts", texts::ROUTES),
        ("Platform", platform::ROUTES),
        ("Customers", customer::ROUTES),
    ]
}

const SESSIONS: &str = "{sessions}";

const READ: &[FeatureId] = &[FeatureId::ProvisioningRead];
const WRITE: &[FeatureId] = &[FeatureId::ProvisioningWrite];
const ADMIN: &[Role] = &[Role::Admin];
const PEOPLE: &[Role] = &[Role::Admin, Role::Supervisor];

const fn provisioning_read(answer: Answer, doc: &'static str) -> Endpoint {
    Endpoint::get(answer, doc).needs(READ).for_roles(&[Role::Admin, Role::Supervisor, Role::Agent])
}

const fn provisioning_post(body: Body, answer: Answer, doc: &'static str) -> Endpoint {
    Endpoint::post(body, answer, doc).needs(WRITE).for_roles(ADMIN)
}

const fn provisioning_put(fields: &'static [Parameter], doc: &'static str) -> Endpoint {
    Endpoint::put(Body::Changes(fields), doc).needs(WRITE).for_roles(ADMIN)
}

const fn provisioning_delete(doc: &'static str) -> Endpoint {
    Endpoint::delete(doc).needs(WRITE).for_roles(ADMIN)
}

const fn text_parameter(name: &'static str, doc: &'static str) -> QueryParameter {
    QueryParameter { name, is_number: false, doc }
}

const fn number_parameter(name: &'static str, doc: &'static str) -> QueryParameter {
    QueryParameter { name, is_number: true, doc }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &'static str, paths: &[&str]) {
        let route = Route { path, endpoints: &[], doc: "" };
        let got: Vec<_> = route.paths().into_iter().map(|(path, _)| path).collect();
        assert_eq!(got, paths);
    }

    #[test]
    fn a_path_of_sessions_stands_for_every_spelling() {
        check("/me", &["/me"]);
        check(
            "/me/{sessions}/{id}",
            &[
                "/me/chats/{id}",
                "/me/smssessions/{id}",
                "/me/smsessions/{id}",
                "/me/smsssessions/{id}",
                "/me/smsssession/{id}",
            ],
        );
    }

    #[test]
    fn an_endpoint_for_one_kind_of_session_is_not_at_the_others() {
        let ours = Endpoint::delete("").only_for(&crate::SMS);
        let paths = Route { path: "/me/{sessions}", endpoints: &[], doc: "" }.canonical_paths();
        let has: Vec<_> = paths.iter().filter(|(_, dialect)| ours.is_for(*dialect)).collect();
        assert_eq!(has, [&("/me/smssessions".to_owned(), Some(&crate::SMS))]);
        assert!(Endpoint::delete("").is_for(None));
    }

    #[test]
    fn no_path_is_listed_twice() {
        let mut paths: Vec<_> = routes()
            .iter()
            .flat_map(|(_, routes)| *routes)
            .flat_map(Route::paths)
            .map(|(path, _)| path)
            .collect();
        let all = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), all);
    }

    #[test]
    fn no_method_of_a_path_is_listed_twice() {
        for route in routes().iter().flat_map(|(_, routes)| *routes) {
            for (place, endpoint) in route.endpoints.iter().enumerate() {
                let earlier = &route.endpoints[..place];
                assert!(earlier.iter().all(|other| other.method != endpoint.method), "{}", route.path);
            }
        }
    }
}
