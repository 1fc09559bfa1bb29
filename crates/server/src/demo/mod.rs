//! `souffleur demo`: a real server, real clients, and stories in three columns.
//!
//! The columns show only what the three clients are told over HTTP and by push, and what a carrier delivered to
//! a phone. The server runs in this process, on data that is thrown away; so does the carrier, and they know
//! each other by SMPP alone.

mod carrier;
mod cast;
mod columns;
mod customer;
mod pace;
mod proof;
mod screen;
mod script;
mod seat;
mod stage;
mod view;
mod viewer;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use test_kit::TempDir;

use crate::arguments::DemoArguments;
use crate::config::{self, Given, LogFormat};
use crate::failure::Failure;
use crate::figures::Figures;
use crate::first_start::{self, Administrator};
use crate::house::House;
use crate::logs;
use crate::signals::Signals;
use carrier::Carrier;
use cast::Cast;
use columns::Look;
use pace::Pace;
use screen::Screen;
use script::{SCRIPTS, TOLD_ONCE};
use stage::Stage;

/// A pause between two stories, in milliseconds of human time.
const INTERMISSION_MS: f64 = 6_000.0;
/// Room for whoever plays with the demo at a hundred times the speed of people.
const MANY: u32 = 1_000_000;

/// Plays until Ctrl-C, or once.
///
/// # Errors
/// The server could not start, something was not told as it should be, or the customer got too much.
pub fn run(arguments: &DemoArguments) -> Result<(), Failure> {
    // What the server has to say would tear the columns apart; what must be acted upon is shown all the same.
    logs::start(LogFormat::Text, "error");
    crate::runtime()?.block_on(play(arguments))
}

async fn play(arguments: &DemoArguments) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let directory = TempDir::new("demo");
    let carrier = Carrier::open().await?;
    let house = Box::pin(open(&directory, &carrier)).await?;
    let administrator = Administrator {
        user: Some(first_start::USER.to_owned()),
        password: Some(cast::password(first_start::USER)),
    };
    first_start::found(&house, administrator).await?;
    let base = house.base_url.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = house.run(async move {
        // An error is the end of the other side, and of this one.
        let _ = stopped.await;
    });
    let mut running = Box::pin(running);
    let told = tokio::select! {
        ended = &mut running => return ended,
        told = Box::pin(tell(&base, carrier.phones(), arguments)) => told,
        () = signals.next() => Ok(()),
    };
    drop(stop);
    tokio::select! {
        ended = running => told.and(ended),
        () = signals.next() => Err(Failure::Impatient),
    }
}

/// A server on the usual port, or on a free one if somebody has that.
async fn open(directory: &TempDir, carrier: &Carrier) -> Result<House, Failure> {
    let file = Some((PathBuf::from("demo"), carrier.section()));
    let mut settings = config::load(&Given { file, ..Given::default() })?.settings;
    settings.data = directory.path().join("data");
    settings.web.visitors.new_chats_per_minute = MANY;
    settings.web.visitors.requests_per_second = MANY;
    let figures = Figures::start();
    match House::open(&settings, figures.clone()).await {
        Err(Failure::Address(..)) => {
            settings.http = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            House::open(&settings, figures).await
        }
        opened => opened,
    }
}

async fn tell(base: &str, phones: String, arguments: &DemoArguments) -> Result<(), Failure> {
    let screen = Screen::new();
    let pace = Pace { speed: arguments.speed };
    let mut cast = Cast::gather(base, phones, first_start::USER).await?;
    cast.introduce(&screen, first_start::USER)?;
    for (number, script) in SCRIPTS.iter().cycle().enumerate() {
        cast.sit_down().await?;
        let mut stage = Stage::new(&cast, &screen, pace, script, number);
        let played = stage.play().await.map(|proof| (proof.sentence(&script.receiver()), proof.leaks()));
        match played {
            Ok((sentence, leaks)) => {
                screen.gap()?;
                screen.tell(&sentence, if leaks.is_empty() { Look::Told } else { Look::Alarm })?;
                if !leaks.is_empty() {
                    return Err(Failure::Demo(format!("the customer must not get {}", leaks.join(", "))));
                }
            }
            // Somebody may have logged in as one of the people and done something else.
            Err(Failure::Demo(reason)) if !arguments.once => {
                screen.tell(&format!("This story took another turn: {reason}"), Look::Faint)?;
                stage.clear().await;
            }
            Err(failure) => return Err(failure),
        }
        if number + 1 == TOLD_ONCE {
            if arguments.once {
                break;
            }
            cast.invite(&screen)?;
        }
        pace.pause(INTERMISSION_MS).await;
    }
    Ok(())
}
