//! Orders of the phones to a server that is measured: one datagram each, answered when it is done.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use crate::clock;
use crate::error::LoadError;

/// How long an order may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Calls that are opened at once, 500 a second.
const CALLS_AT_ONCE: usize = 5;
const BETWEEN_CALLS: Duration = Duration::from_millis(10);
/// Ports that fit in an answer.
const PORTS_AT_ONCE: usize = 256;

/// What a server is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Open so many more calls.
    Open(u32),
    /// Tell the ports of the legs from this one on.
    Ports(u32),
    /// Let the supervisor of a call be heard by the customer too.
    BargeIn(u32),
    /// Let the supervisor of a call be heard by the agent alone.
    Coach(u32),
}

impl Order {
    fn to_bytes(self) -> [u8; 5] {
        let (kind, number) = match self {
            Order::Open(calls) => (0, calls),
            Order::Ports(from) => (1, from),
            Order::BargeIn(call) => (2, call),
            Order::Coach(call) => (3, call),
        };
        let number = number.to_be_bytes();
        [kind, number[0], number[1], number[2], number[3]]
    }

    fn from_bytes(bytes: &[u8]) -> Option<Order> {
        let (kind, number) = bytes.split_first()?;
        let number = u32::from_be_bytes(number.try_into().ok()?);
        Some(match kind {
            0 => Order::Open(number),
            1 => Order::Ports(number),
            2 => Order::BargeIn(number),
            3 => Order::Coach(number),
            _ => return None,
        })
    }
}

/// The phones' end.
pub struct Control {
    socket: UdpSocket,
}

impl Control {
    /// Speaks to a server.
    pub fn connect(server: SocketAddr) -> Result<Control, LoadError> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Control { socket })
    }

    /// Gives an order and waits for the answer.
    fn ask(&self, order: Order, answer: &mut [u8]) -> Result<usize, LoadError> {
        self.socket.send(&order.to_bytes())?;
        Ok(self.socket.recv(answer)?)
    }

    /// Opens calls, some at a time as they come in life, and learns the ports of all legs there are.
    pub fn open(&self, calls: usize) -> Result<Vec<u16>, LoadError> {
        let mut answer = [0; 2 * PORTS_AT_ONCE];
        for begun in (0..calls).step_by(CALLS_AT_ONCE) {
            self.ask(Order::Open(CALLS_AT_ONCE.min(calls - begun) as u32), &mut answer)?;
            clock::let_gather(BETWEEN_CALLS);
        }
        let mut ports = Vec::new();
        loop {
            let length = self.ask(Order::Ports(ports.len() as u32), &mut answer)?;
            if length < 2 {
                return Ok(ports);
            }
            ports.extend(answer[..length].chunks_exact(2).map(|it| u16::from_be_bytes([it[0], it[1]])));
        }
    }

    /// Gives an order whose answer is not waited for.
    pub fn tell(&self, order: Order) -> Result<(), LoadError> {
        self.socket.send(&order.to_bytes())?;
        Ok(())
    }
}

/// Takes the orders that are there; of a socket that waits, for ever. `follow` answers with the ports that were asked
/// for, if any.
pub fn serve(
    socket: &UdpSocket,
    mut follow: impl FnMut(Order) -> Result<Vec<u16>, LoadError>,
) -> Result<(), LoadError> {
    let mut datagram = [0; 16];
    loop {
        let (length, from) = match socket.recv_from(&mut datagram) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            received => received?,
        };
        let Some(order) = Order::from_bytes(&datagram[..length]) else { continue };
        let mut ports = follow(order)?;
        ports.truncate(PORTS_AT_ONCE);
        let answer: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
        socket.send_to(&answer, from)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_arrive_as_they_were_given() {
        for order in [Order::Open(1), Order::Ports(300), Order::BargeIn(7), Order::Coach(u32::MAX)] {
            assert_eq!(Order::from_bytes(&order.to_bytes()), Some(order));
        }
        assert_eq!(Order::from_bytes(&[9, 0, 0, 0, 0]), None);
        assert_eq!(Order::from_bytes(&[1]), None);
    }
}
