//! The bound of media: a socket for each leg, and every datagram sent on as it is.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Registry, Token};

use crate::calls::control::{self, Order};
use crate::calls::options::ServeOptions;
use crate::calls::voice::Role;
use crate::clock;
use crate::error::LoadError;

const EVENTS_PER_TURN: usize = 1_024;
const CONTROL: Token = Token(usize::MAX);
/// As long as our engine lets packets gather.
const GATHER: Duration = Duration::from_millis(1);

/// Serves until the process is killed.
pub fn serve(options: &ServeOptions) -> Result<(), LoadError> {
    let control = std::net::UdpSocket::bind("127.0.0.1:0")?;
    control.set_nonblocking(true)?;
    println!("listening on http://{}", control.local_addr()?);
    std::io::stdout().flush()?;
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS_PER_TURN);
    let mut waited_for = UdpSocket::from_std(control.try_clone()?);
    poll.registry().register(&mut waited_for, CONTROL, Interest::READABLE)?;
    let mut relay = Relay { legs: Vec::new(), buffer: [0; 2_048] };
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                CONTROL => control::serve(&control, |order| relay.follow(order, poll.registry(), options))?,
                Token(leg) => relay.send_on(leg)?,
            }
        }
        if options.gathers {
            clock::let_gather(GATHER);
        }
    }
}

struct Relay {
    /// Each with the phone that it sends to.
    legs: Vec<(UdpSocket, SocketAddr)>,
    buffer: [u8; 2_048],
}

impl Relay {
    fn follow(
        &mut self,
        order: Order,
        registry: &Registry,
        options: &ServeOptions,
    ) -> Result<Vec<u16>, LoadError> {
        match order {
            Order::Open(calls) => {
                for _ in 0..calls as usize * Role::ALL.len() {
                    let leg = self.legs.len();
                    let mut socket = UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
                    registry.register(&mut socket, Token(leg), Interest::READABLE)?;
                    self.legs.push((socket, options.phones[leg % options.phones.len()]));
                }
                Ok(Vec::new())
            }
            Order::Ports(from) => {
                let ports = self.legs.iter().skip(from as usize).map(|(leg, _)| leg.local_addr());
                Ok(ports.map(|address| address.map(|it| it.port())).collect::<Result<_, _>>()?)
            }
            Order::BargeIn(_) | Order::Coach(_) => Ok(Vec::new()),
        }
    }

    /// What a leg's phone says goes to the phone of the next leg of the call.
    fn send_on(&mut self, leg: usize) -> Result<(), LoadError> {
        loop {
            let (length, _) = match self.legs[leg].0.recv_from(&mut self.buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                received => received?,
            };
            let call = leg - leg % Role::ALL.len();
            let (listener, phone) = &self.legs[call + (leg + 1) % Role::ALL.len()];
            match listener.send_to(&self.buffer[..length], *phone) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                sent => sent.map(drop)?,
            }
        }
    }
}
