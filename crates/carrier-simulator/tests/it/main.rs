//! The carrier over real sockets, against the customer's side of `smpp`.

#![expect(clippy::unwrap_used, reason = "a test that fails ends")]

mod binding;
mod customer;
mod http;
mod mishaps;
mod receipts;
mod redelivery;
mod texts;

use std::time::Duration;

use carrier_simulator::{Config, Faults, Simulator};

/// How long anything may take that must happen.
const SOON: Duration = Duration::from_secs(10);
const CENTER: &str = "+4930123456";
const PHONE: &str = "+491700000001";

async fn start(config: Config) -> Simulator {
    Simulator::start(config).await.unwrap()
}

/// A carrier with faults that are written as `POST /faults` takes them.
async fn start_with(faults: &str) -> Simulator {
    start(Config { faults: faulty(faults), ..Config::default() }).await
}

fn faulty(faults: &str) -> Faults {
    Faults::default().changed(&serde_json::from_str(faults).unwrap()).unwrap()
}
