//! The REST API: one file for each noun. A handler knows its caller, parses what was sent, has it
//! done or reads it, and answers; rules and words are elsewhere.

mod answer;
mod asked;
mod calls;
mod channels;
mod contacts;
mod customers;
mod devices;
mod documents;
mod features;
mod groups;
mod internal;
mod keywords;
mod me;
mod passwords;
mod person;
mod queues;
mod read_pointers;
mod recordings;
mod services;
mod sessions;
mod settings;
mod skills;
mod supervision;
mod suppressions;
mod system;
mod system_settings;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::routing::MethodRouter;

use crate::App;

/// What every path of the public API begins with.
const PREFIX: &str = "/api/v2";

/// A path below the prefix, and its methods.
type Route = (String, MethodRouter<Arc<App>>);

/// All routes, with their whole paths. A trailing slash changes nothing.
pub(crate) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    let public = public_routes().into_iter().map(|(path, methods)| (format!("{PREFIX}{path}"), methods));
    for (path, methods) in public.chain(internal::routes()) {
        router = router.route(&format!("{path}/"), methods.clone()).route(&path, methods);
    }
    router
}

fn public_routes() -> Vec<Route> {
    [
        calls::routes(),
        channels::routes(),
        contacts::routes(),
        customers::routes(),
        devices::routes(),
        documents::routes(),
        features::routes(),
        groups::routes(),
        keywords::routes(),
        me::routes(),
        queues::routes(),
        recordings::routes(),
        services::routes(),
        sessions::routes(),
        settings::routes(),
        skills::routes(),
        supervision::routes(),
        suppressions::routes(),
        system::routes(),
        users::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn route(path: &str, methods: MethodRouter<Arc<App>>) -> Route {
    (path.to_owned(), methods)
}

#[cfg(test)]
mod tests;
