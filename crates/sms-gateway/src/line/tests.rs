//! A line whose carrier does not read, and one that meets a bug.

use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use contact_center::Timestamp;
use contact_center::texting::{OutgoingText, Progress, TextId, Thread};
use smpp::{Credentials, Part, Status, smsc};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadBuf};

use super::*;
use crate::message::{Errand, PartResult, PartTicket, ToLine};
use crate::tasks::Task;

/// What lies between the line and its carrier.
const PIPE_BYTES: usize = 1_024;

fn line(reports: mpsc::Sender<(LineId, FromLine)>, leaving: watch::Receiver<bool>) -> Line {
    let mut carrier = Carrier::new("acme", "nowhere", 1, Credentials::default());
    carrier.window = 1_000;
    carrier.write_timeout = Duration::from_millis(100);
    let figures = Arc::new(Figures::new("acme"));
    let (carrier, bind) = (Arc::new(carrier), BindAs::Transceiver);
    Line { id: 0, carrier, bind, encryption: None, figures, reports, leaving }
}

/// Takes the bind, and then nothing any more.
async fn bind(stream: &mut DuplexStream) {
    let mut carrier = smsc::Smsc::new(smsc::Config::default());
    let mut outputs = Vec::new();
    let mut heard = [0; PIPE_BYTES];
    let count = stream.read(&mut heard).await.unwrap();
    let inputs =
        [smsc::Input::Connected, smsc::Input::Octets(&heard[..count]), smsc::Input::AnswerBind(Status::OK)];
    for input in inputs {
        carrier.handle(input, clock::now(), &mut outputs);
    }
    for output in outputs {
        if let smsc::Output::Send(octets) = output {
            stream.write_all(&octets).await.unwrap();
        }
    }
}

fn errand(slot: u32) -> Errand {
    let thread = Thread { customer: "+491701234567".parse().unwrap(), ours: "+493012345".parse().unwrap() };
    let text = OutgoingText {
        id: TextId(u64::from(slot)),
        thread,
        text: Arc::from("hello"),
        entry: None,
        exempt: false,
        queued_at: Timestamp(0),
        progress: Progress::Waiting,
    };
    let part =
        Part { esm_class: 0, data_coding: 0, short_message: vec![b'a'; 150], payload: None, sar: None };
    Errand { ticket: PartTicket { slot, part: 0 }, text: Arc::new(text), parts: Arc::from([part]) }
}

#[tokio::test]
async fn a_carrier_that_stops_reading_loses_its_connection_and_nothing_is_left_open() {
    let (sender, mut reports) = mpsc::channel(8);
    let (_leave, leaving) = watch::channel(false);
    let (ours, mut theirs) = tokio::io::duplex(PIPE_BYTES);
    let _held = Task::start(async move {
        line(sender, leaving).hold(Box::new(ours)).await;
    });
    bind(&mut theirs).await;
    let Some((0, FromLine::Up { room: 1_000, to, .. })) = reports.recv().await else { panic!("not up") };
    to.send(ToLine::Submit((0..100).map(errand).collect())).await.unwrap();
    let mut results = Vec::new();
    loop {
        match reports.recv().await {
            Some((0, FromLine::Submitted(more))) => results.extend(more),
            Some((0, FromLine::Down)) => break,
            other => panic!("{other:?}"),
        }
    }
    results.sort_by_key(|(ticket, _)| ticket.slot);
    assert_eq!(results.len(), 100);
    // All were given to the connection at once: nobody knows how far they came.
    assert!(results.iter().all(|(_, result)| *result == PartResult::Unanswered));
}

/// A connection that meets a bug when it is read.
struct Buggy;

impl AsyncRead for Buggy {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        panic!("a bug");
    }
}

impl AsyncWrite for Buggy {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_bug_ends_the_connection_and_not_the_line() {
    let (sender, mut reports) = mpsc::channel(8);
    let (_leave, leaving) = watch::channel(false);
    let mut line = line(sender, leaving);
    assert_eq!(line.hold(Box::new(Buggy)).await, Ended::NeverBound);
    assert!(matches!(reports.recv().await, Some((0, FromLine::Down))));
    assert_eq!(line.figures.bound(), 0);
}
