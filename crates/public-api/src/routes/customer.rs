//! The customers' door. They name a contact center and prove nothing.

use super::{Answer, Body, Door, Endpoint, Route, number_parameter};
use crate::operations::{CUSTOMER_CHAT, CUSTOMER_CHATS};
use crate::resources::FeatureId;

const MULTIMEDIA: &[FeatureId] = &[FeatureId::Multimedia];

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/chats",
        endpoints: &[Endpoint::post(
            Body::Operation(CUSTOMER_CHATS, false),
            Answer::ChatRequested,
            "Asks for a chat.",
        )
        .by(Door::Customers)
        .needs(MULTIMEDIA)],
        doc: "Chats, for customers.",
    },
    Route {
        path: "/chats/{id}",
        endpoints: &[
            Endpoint::get(Answer::Object("chat", "CustomerChat"), "The chat as its customer sees it.")
                .by(Door::Customers)
                .needs(MULTIMEDIA),
            Endpoint::post(
                Body::Operation(CUSTOMER_CHAT, false),
                Answer::Done,
                "Asks for an operation. With a user's credentials this is `/me/chats/{id}`.",
            )
            .by(Door::Customers)
            .needs(MULTIMEDIA),
        ],
        doc: "One chat, for its customer.",
    },
    Route {
        path: "/chats/{id}/messages",
        endpoints: &[Endpoint::get(
            Answer::List("messages", "CustomerMessage"),
            "The entries that customers may see.",
        )
        .by(Door::Customers)
        .needs(MULTIMEDIA)
        .asking(&[number_parameter(
            "index",
            "The index of the first entry; 0 means all; absent means those not fetched yet.",
        )])],
        doc: "The message log of a chat, for its customer.",
    },
];
