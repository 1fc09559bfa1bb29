//! The server itself: features, services, the directory, versions, push.

use super::{Answer, Body, Door, Endpoint, Method, Route, provisioning_delete, text_parameter};
use crate::operations::CONTACT_CENTER_FIELDS;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/features",
        endpoints: &[Endpoint::get(Answer::Collection("features", "Feature"), "The features.")],
        doc: "The features of the contact center.",
    },
    Route {
        path: "/features/{id}",
        endpoints: &[
            Endpoint::get(Answer::Object("feature", "Feature"), "One feature."),
            Endpoint::put(Body::Nothing, "Gives the contact center the feature.")
                .needs(super::WRITE)
                .for_roles(super::ADMIN)
                .ours(),
            provisioning_delete("Takes the feature from the contact center."),
        ],
        doc: "One feature.",
    },
    Route {
        path: "/system/features",
        endpoints: &[
            Endpoint::get(Answer::Collection("features", "Feature"), "All features.").for_roles(super::ADMIN)
        ],
        doc: "Every feature that the server knows.",
    },
    Route {
        path: "/system/contact-centers",
        endpoints: &[
            Endpoint::get(Answer::Collection("contactCenters", "ContactCenter"), "The contact centers.")
                .for_roles(super::ADMIN)
                .ours(),
            Endpoint::post(Body::Object(CONTACT_CENTER_FIELDS), Answer::Created, "Makes a contact center.")
                .for_roles(super::ADMIN)
                .ours(),
        ],
        doc: "Ours: the contact centers of this installation, for administrators of the first one.",
    },
    Route {
        path: "/services",
        endpoints: &[Endpoint::get(Answer::Collection("services", "Service"), "The services.")],
        doc: "What works behind the server, and what does not.",
    },
    Route {
        path: "/services/{id}",
        endpoints: &[Endpoint::get(Answer::Object("service", "Service"), "One service.")],
        doc: "One service.",
    },
    Route {
        path: "/contacts",
        endpoints: &[Endpoint::get(Answer::Collection("contacts", "Contact"), "Searches the directory.")
            .asking(&[
                text_parameter("type", "`User`, `Queue` or `Custom`."),
                text_parameter("name", "Names, separated by commas; exact."),
                text_parameter("phoneNumber", "Numbers, separated by commas; exact."),
                text_parameter("channel", "Channels, separated by commas."),
                text_parameter("filterName", "`NamesOrPhoneNumberMatches`."),
                text_parameter(
                    "filterParameters",
                    "What to match, separated by commas; `*` stands for anything.",
                ),
            ])],
        doc: "The directory of users and queues.",
    },
    Route {
        path: "/contacts/{id}",
        endpoints: &[Endpoint::get(Answer::Object("contact", "Contact"), "One entry.")
            .asking(&[text_parameter("type", "`User`, `Queue` or `Custom`.")])],
        doc: "One entry of the directory.",
    },
    Route {
        path: "/diagnostics/version",
        endpoints: &[Endpoint::get(Answer::Version, "The version.").by(Door::Everybody)],
        doc: "The version of the server.",
    },
    Route {
        path: "/openapi.json",
        endpoints: &[Endpoint::get(Answer::Document, "This document.").by(Door::Everybody).ours()],
        doc: "The operations and resources, as OpenAPI 3.1.",
    },
    Route {
        path: "/asyncapi.json",
        endpoints: &[Endpoint::get(Answer::Document, "The notifications.").by(Door::Everybody).ours()],
        doc: "The notifications, as AsyncAPI 3.0.",
    },
    Route {
        path: "/docs",
        endpoints: &[Endpoint::get(Answer::Document, "A page to read.").by(Door::Everybody).ours()],
        doc: "Operations and notifications for people.",
    },
    Route {
        path: "/workbins",
        endpoints: &[Endpoint::get(Answer::Empty("workbins"), "The workbins: there are none.")],
        doc: "Workbins, which desktops ask for when they start.",
    },
    Route {
        path: "/notifications",
        endpoints: &[Endpoint::new(
            Method::Post,
            Answer::Push,
            "Sends and receives messages of the push protocol.",
        )
        .sent(Body::Push)],
        doc: "Push by the Bayeux protocol; everything below this path is the same.",
    },
];
