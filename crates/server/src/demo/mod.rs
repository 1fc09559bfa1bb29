//! `souffleur demo`: a real server, real clients, and stories in three columns.
//!
//! The columns show only what the three clients are told over HTTP and by push, what a carrier delivered to
//! a phone, and whose voices came to telephones. The server runs in this process, on data that is thrown away; so do the
//! carrier and the telephones, and they know each other by SMPP, SIP and RTP alone.
//!
//! The supervisor's simulated phone is registered only while a call is told, and not if another phone is registered for him:
//! whoever registers one is called in instead.

mod calls;
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
mod telephones;
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
use calls::{CALL, CallStage};
use carrier::Carrier;
use cast::Cast;
use columns::Look;
use pace::Pace;
use screen::Screen;
use script::{SCRIPTS, Script};
use stage::Stage;
use telephones::Telephones;

/// A pause between two stories, in milliseconds of human time.
const INTERMISSION_MS: f64 = 6_000.0;
/// Room for whoever plays with the demo at a hundred times the speed of people.
const MANY: u32 = 1_000_000;

/// A story.
enum Story {
    /// In writing.
    Written(&'static Script),
    /// On the telephone.
    Spoken,
}

/// All stories in their order.
static STORIES: [Story; 6] = [
    Story::Written(&SCRIPTS[0]),
    Story::Written(&SCRIPTS[1]),
    Story::Spoken,
    Story::Written(&SCRIPTS[2]),
    Story::Spoken,
    Story::Written(&SCRIPTS[3]),
];
/// How many are told with `--once`.
const TOLD_ONCE: usize = 3;

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
    let telephones = Telephones::open()?;
    let house = Box::pin(open(&directory, &carrier, telephones)).await?;
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
        told = Box::pin(tell(&base, carrier.phones(), telephones, arguments)) => told,
        () = signals.next() => Ok(()),
    };
    drop(stop);
    tokio::select! {
        ended = running => told.and(ended),
        () = signals.next() => Err(Failure::Impatient),
    }
}

/// A server on the usual port, or on a free one if somebody has that.
async fn open(directory: &TempDir, carrier: &Carrier, telephones: Telephones) -> Result<House, Failure> {
    let file = Some((PathBuf::from("demo"), format!("{}{}", carrier.section(), telephones.section())));
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

async fn tell(
    base: &str,
    phones: String,
    telephones: Telephones,
    arguments: &DemoArguments,
) -> Result<(), Failure> {
    let screen = Screen::new();
    let pace = Pace { speed: arguments.speed };
    let mut cast = Cast::gather(base, phones, telephones, first_start::USER).await?;
    cast.introduce(&screen, first_start::USER)?;
    for (number, story) in STORIES.iter().cycle().enumerate() {
        cast.sit_down().await?;
        let played = match story {
            Story::Written(script) => Box::pin(play_written(&cast, &screen, pace, script, number)).await,
            Story::Spoken => Box::pin(play_spoken(&cast, &screen, pace)).await,
        };
        match played {
            Ok((sentence, leaks)) => {
                screen.gap()?;
                screen.tell(&sentence, if leaks.is_empty() { Look::Told } else { Look::Alarm })?;
                if !leaks.is_empty() {
                    return Err(Failure::Demo(format!("the customer must not get {leaks}")));
                }
            }
            // Somebody may have logged in as one of the people and done something else.
            Err(Failure::Demo(reason)) if !arguments.once => {
                screen.tell(&format!("This story took another turn: {reason}"), Look::Faint)?;
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

/// Tells a story: its result, and what the customer should not have got.
async fn play_written(
    cast: &Cast,
    screen: &Screen,
    pace: Pace,
    script: &'static Script,
    number: usize,
) -> Result<(String, String), Failure> {
    let mut stage = Stage::new(cast, screen, pace, script, number);
    let played =
        stage.play().await.map(|proof| (proof.sentence(&script.receiver()), proof.leaks().join(", ")));
    if played.is_err() {
        stage.clear().await;
    }
    played
}

/// The same of a call.
async fn play_spoken(cast: &Cast, screen: &Screen, pace: Pace) -> Result<(String, String), Failure> {
    let mut stage = CallStage::open(cast, screen, pace, &CALL).await?;
    let played = stage.play().await;
    stage.close().await;
    let (sentence, leaks) = played?;
    let leaked =
        if leaks == 0 { String::new() } else { format!("{leaks} packets with the supervisor's voice") };
    Ok((sentence, leaked))
}
