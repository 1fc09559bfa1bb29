//! Our media engine alone, with calls that are coached.

use std::io::Write;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use contact_center::{CallId, LegId};
use media::bridge::Latching;
use media::codec::Codec;
use media::sounds::TonePlan;
use voice_gateway::media::{EarPlan, IpVersion, LegMedia, Media, MediaAddress, MediaConfig, Sounds};

use crate::calls::control::{self, Order};
use crate::calls::options::ServeOptions;
use crate::calls::voice::{PAYLOAD_TYPE, Role};
use crate::error::LoadError;

/// Longer than any measurement.
const SILENT_AFTER: Duration = Duration::from_secs(3_600);

/// Serves until the process is killed.
pub fn serve(options: &ServeOptions) -> Result<(), LoadError> {
    let control = UdpSocket::bind("127.0.0.1:0")?;
    let address = MediaAddress { bind: Ipv4Addr::LOCALHOST.into(), announced: None };
    let config = MediaConfig {
        addresses: vec![address],
        first_port: options.first_port,
        last_port: u16::MAX,
        threads: Some(1),
        recordings: None,
        sounds: Sounds::built_in(TonePlan::Europe),
    };
    let (media, _news) = Media::start(config).map_err(std::io::Error::other)?;
    println!("listening on http://{}", control.local_addr()?);
    std::io::stdout().flush()?;
    let mut ports = Vec::new();
    control::serve(&control, |order| {
        match order {
            Order::Open(calls) => {
                for _ in 0..calls {
                    open(&media, &mut ports, options).map_err(std::io::Error::other)?;
                }
            }
            Order::Ports(from) => return Ok(ports.iter().skip(from as usize).copied().collect()),
            Order::BargeIn(call) => media.score(&plans(call, true)).map_err(std::io::Error::other)?,
            Order::Coach(call) => media.score(&plans(call, false)).map_err(std::io::Error::other)?,
        }
        Ok(Vec::new())
    })
}

/// Opens a call in which the supervisor coaches.
fn open(
    media: &Media,
    ports: &mut Vec<u16>,
    options: &ServeOptions,
) -> Result<(), voice_gateway::media::MediaError> {
    let call = (ports.len() / Role::ALL.len()) as u32;
    for role in Role::ALL {
        let leg = leg(call, role);
        let remote = options.phones[ports.len() % options.phones.len()];
        ports.push(media.open(leg, CallId(call.into()), IpVersion::V4)?.rtp);
        let agreed = LegMedia {
            codec: Codec::Pcma,
            payload_type: PAYLOAD_TYPE,
            dtmf: None,
            remote: Some(remote),
            remote_control: None,
            latching: Latching::FirstHeard,
            may_send: true,
            may_receive: true,
            srtp: None,
            silent_after: SILENT_AFTER,
        };
        media.configure(leg, agreed)?;
    }
    media.score(&plans(call, false))
}

fn plans(call: u32, is_barged_in: bool) -> [EarPlan; 3] {
    let plan = |ear: Role, hears: &[Role]| EarPlan {
        leg: leg(call, ear),
        family: CallId(call.into()),
        hears: hears.iter().map(|role| leg(call, *role)).collect(),
        plays: None,
        track: None,
    };
    let by_customer: &[Role] = if is_barged_in { &[Role::Agent, Role::Supervisor] } else { &[Role::Agent] };
    [
        plan(Role::Customer, by_customer),
        plan(Role::Agent, &[Role::Customer, Role::Supervisor]),
        plan(Role::Supervisor, &[Role::Customer, Role::Agent]),
    ]
}

fn leg(call: u32, role: Role) -> LegId {
    LegId(u128::from(call) * 3 + role as u128)
}
