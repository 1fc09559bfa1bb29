//! How many texts a second the carrier takes on one core, each with its answer, its receipt and the
//! acknowledgement of that.
//!
//! `cargo run --release -p carrier-simulator --example rate [TEXTS [WINDOW [KEPT_TEXTS]]]`
//!
//! The carrier has one thread, the customer another, which writes octets that were made before. The processor
//! time is that of the carrier's thread alone (Linux), so that a busy machine does not spoil the figure.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use carrier_simulator::{Config, Simulator};

const CARRIER: &str = "carrier";
const SUBMIT_SM_RESP: u32 = 0x8000_0004;
const DELIVER_SM: u32 = 0x05;
const DELIVER_SM_RESP: u32 = 0x8000_0005;
const TICKS_PER_SECOND: f64 = 100.0;

fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|it| it.parse().ok()).collect();
    let argument = |place: usize, default| arguments.get(place).copied().unwrap_or(default);
    let (texts, window, keep_texts) = (argument(0, 1_000_000), argument(1, 1_000), argument(2, 0));
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let config = Config { keep_texts, window, most_waiting: 1 << 20, ..Config::default() };
    let carrier = std::thread::Builder::new().name(CARRIER.to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let simulator = Simulator::start(config).await.expect("a carrier");
            tell.send(simulator.smpp_address()).expect("a customer");
            // Its end is the customer's.
            let _ = stopped.await;
            println!("{:?}", simulator.counters());
        });
    });
    let address = told.recv().expect("a carrier");
    let (before, begun) = (processor_s(), now());
    let mut customer = Customer::bind(address);
    customer.submit(texts, window);
    report("submitted, answered, receipt delivered and acknowledged", texts, begun, before);
    drop(stop);
    carrier.expect("a thread").join().expect("the carrier's thread");
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn now() -> Instant {
    Instant::now()
}

fn report(what: &str, texts: usize, begun: Instant, processor_before_s: f64) {
    let (wall, processor) = (now().duration_since(begun), processor_s() - processor_before_s);
    println!(
        "{texts} texts {what}: {:.0}/s; {:.0}/s of processor time",
        texts as f64 / wall.max(Duration::from_millis(1)).as_secs_f64(),
        texts as f64 / processor.max(0.001)
    );
}

/// Processor seconds that the carrier's thread has used, as `/proc` counts them.
fn processor_s() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let used = threads.filter_map(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).ok()?;
        let (name, numbers) = stat.split_once(") ")?;
        let mut numbers = numbers.split(' ').skip(11);
        let mut ticks = || numbers.next()?.parse::<f64>().ok();
        name.ends_with(CARRIER).then_some(ticks()? + ticks()?)
    });
    used.sum::<f64>() / TICKS_PER_SECOND
}

/// A customer that costs little.
struct Customer {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Customer {
    fn bind(address: SocketAddr) -> Customer {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        stream.write_all(&unit(0x09, 1, b"demo\0demo\0\0\x34\0\0\0")).expect("a carrier that reads");
        // Nothing may be submitted before the carrier has answered.
        let read = stream.read(&mut [0; 256]).expect("a carrier that answers");
        assert!(read > 0, "the carrier does not let in");
        Customer { stream, received: Vec::new() }
    }

    /// Keeps a window full until all texts are answered and have their receipts.
    fn submit(&mut self, texts: usize, window: usize) {
        let body = b"\0\x01\x014930123456\0\x01\x01491700000001\0\0\0\0\0\0\x01\0\0\0\x1dHello, what can I do for you?";
        let submit = unit(0x04, 0, body);
        let (mut submitted, mut answered, mut receipts) = (0, 0, 0);
        let mut octets = vec![0; 256 * 1024];
        let mut unsent = Vec::new();
        while answered < texts || receipts < texts {
            while submitted < texts && submitted - answered.min(receipts) < window {
                submitted += 1;
                let start = unsent.len();
                unsent.extend_from_slice(&submit);
                unsent[start + 12..start + 16].copy_from_slice(&(submitted as u32 + 1).to_be_bytes());
            }
            self.stream.write_all(&unsent).expect("a carrier that reads");
            unsent.clear();
            let read = self.stream.read(&mut octets).expect("a carrier that answers");
            assert!(read > 0, "the carrier has closed the connection");
            self.received.extend_from_slice(&octets[..read]);
            let mut rest = self.received.as_slice();
            while let Some((head, _)) = rest.split_first_chunk::<16>() {
                let word =
                    |place: usize| u32::from_be_bytes([0, 1, 2, 3].map(|octet| head[place * 4 + octet]));
                let (length, command, status) = (word(0) as usize, word(1), word(2));
                if rest.len() < length {
                    break;
                }
                assert_eq!(status, 0, "the carrier refuses");
                match command {
                    SUBMIT_SM_RESP => answered += 1,
                    DELIVER_SM => {
                        receipts += 1;
                        unsent.extend_from_slice(&unit(DELIVER_SM_RESP, word(3), b"\0"));
                    }
                    _ => {}
                }
                rest = &rest[length..];
            }
            let read = self.received.len() - rest.len();
            self.received.drain(..read);
        }
    }
}

fn unit(command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let head = [16 + body.len() as u32, command, 0, sequence].map(u32::to_be_bytes).concat();
    [head.as_slice(), body].concat()
}
