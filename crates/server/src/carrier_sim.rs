//! `souffleur carrier-sim`: an SMS carrier with phones, and a phone in the terminal.

mod phone;

use std::net::SocketAddr;
use std::path::PathBuf;

use carrier_simulator::{
    Account, Config, Faults, OwnedNumber, ReceiptForm, ReceiptIds, Share, Simulator, Span, StartError,
    Statuses, Tls,
};
use clap::Args;

use crate::config::LogFormat;
use crate::failure::Failure;
use crate::logs;
use crate::serve::print;
use crate::signals::Signals;

const NUMBERS: &str = "\
Numbers that always meet the same fate, by their last digits:
  204  taken, no receipt ever         403  receipt REJECTD
  404  receipt UNDELIV                405  refused with ESME_RINVDSTADR
  408  receipt EXPIRED                429  refused with ESME_RTHROTTLED
  500  refused with ESME_RSYSERR      504  never answered, never delivered

A SHARE is a fraction (0.05) or percents (5%); MS is a time in milliseconds, or two that it lies between (5..50).

By HTTP, with JSON: POST /texts {\"from\",\"to\",\"text\"}, GET /phones, GET /phones/{number}/texts?after=N&wait_s=S,
GET and POST /faults (any of the faults, named as the options are, with _ for -), GET /counters, GET /numbers,
POST /disconnect.

Exit codes:
  0  stopped as it was asked to
  1  could not start: the address, the certificate
  2  a wrong setting or a wrong command line";

#[derive(Args)]
#[command(after_help = NUMBERS)]
pub struct CarrierSimArguments {
    /// Where customers bind by SMPP 3.4.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2775")]
    smpp: SocketAddr,
    /// Where the phones are: a page for people, and an API.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8091")]
    http: SocketAddr,
    /// No phones by HTTP.
    #[arg(long, conflicts_with = "http")]
    no_http: bool,
    /// Who may bind; may be given several times.
    #[arg(long, value_name = "ID:PASSWORD", default_value = "demo:demo")]
    account: Vec<Account>,
    /// A number that texts can be sent to, and its account if that is not the first one; may be given several
    /// times. Without any, every number is the first account's.
    #[arg(long, value_name = "NUMBER[:ID]")]
    number: Vec<OwnedNumber>,
    /// The certificate for SMPP over TLS, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its key, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// How long texts of phones are cut: udh8, udh16, sar or payload.
    #[arg(long, value_name = "WAY", default_value = "udh8", value_parser = carrier_simulator::long_texts)]
    long_texts: carrier_simulator::LongTexts,
    /// Texts and receipts on their way over one connection without an answer.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().window)]
    window: usize,
    /// Texts that each phone keeps; with 0 no text is looked at, which is fastest.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().keep_texts)]
    keep_texts: usize,
    /// Seconds of silence after which a customer is asked whether it is still there.
    #[arg(long, value_name = "S", default_value_t = Config::default().enquire_link_s)]
    enquire_link_s: u32,
    /// Seconds that a customer may take for an answer.
    #[arg(long, value_name = "S", default_value_t = Config::default().response_timeout_s)]
    response_timeout_s: u32,
    /// Milliseconds until a text is delivered again that the customer could not take.
    #[arg(long, value_name = "MS", default_value_t = Config::default().retry_ms)]
    retry_ms: u32,
    /// This terminal is the phone with this number: lines typed are texts sent, texts received are printed.
    #[arg(long, value_name = "NUMBER", value_parser = carrier_simulator::number)]
    phone: Option<String>,
    /// Whom that phone texts with [default: the first --number].
    #[arg(long, value_name = "NUMBER", requires = "phone", value_parser = carrier_simulator::number)]
    to: Option<String>,
    /// Which log lines are written to standard error.
    #[arg(long, value_name = "FILTER", default_value = "warn", value_parser = log_filter)]
    log_filter: String,
    #[command(flatten)]
    faults: FaultArguments,
}

/// Named as the fields of [`Faults`].
#[derive(Args)]
#[command(next_help_heading = "Faults")]
struct FaultArguments {
    /// What goes wrong when follows from this number.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    seed: u64,
    /// How long an answer to a text takes.
    #[arg(long, value_name = "MS", default_value = "0")]
    delay_ms: Span,
    /// How long after that a receipt comes.
    #[arg(long, value_name = "MS", default_value = "0")]
    receipt_delay_ms: Span,
    /// Texts that vanish: no answer, and no phone gets them.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    loss: Share,
    /// Texts that reach their phone and get receipts, but no answer.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    lost_answers: Share,
    /// Receipts that never come.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    lost_receipts: Share,
    /// Answers and receipts that are held back so that later ones overtake them.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    reorder: Share,
    /// For how long.
    #[arg(long, value_name = "MS", default_value_t = Faults::default().reorder_ms)]
    reorder_ms: u32,
    /// Texts a second that an account may submit, 0 for any number; the others get ESME_RTHROTTLED.
    #[arg(long, value_name = "TEXTS", default_value = "0")]
    throttle: u32,
    /// Texts that are refused.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    errors: Share,
    /// What they are refused with, by name or number.
    #[arg(long, value_name = "STATUS,...", default_value_t = Statuses::default())]
    error_status: Statuses,
    /// Texts whose receipt says UNDELIV, EXPIRED or REJECTD.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    failed_receipts: Share,
    /// Receipts that come twice.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    duplicate_receipts: Share,
    /// Receipts that come before the answer to their text.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    early_receipts: Share,
    /// How receipts write the ID of their text: same, decimal, zeros, upper or mixed.
    #[arg(long, value_name = "WAY", default_value = "same")]
    receipt_ids: ReceiptIds,
    /// Where receipts say what they say: text, tlv, both or mixed.
    #[arg(long, value_name = "FORM", default_value = "both")]
    receipt_form: ReceiptForm,
    /// Texts of phones that are delivered twice although they were acknowledged.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    duplicate_texts: Share,
    /// How often a connection is dropped after a text or an acknowledgement.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    disconnects: Share,
    /// How often the carrier stops reading for a while after a text or an acknowledgement.
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pauses: Share,
    /// For how long.
    #[arg(long, value_name = "MS", default_value_t = Faults::default().pause_ms)]
    pause_ms: u32,
}

/// Runs a carrier until it is asked to stop.
///
/// # Errors
/// A setting is wrong, or it could not start.
pub fn run(arguments: &CarrierSimArguments) -> Result<(), Failure> {
    logs::start(LogFormat::Text, &arguments.log_filter);
    crate::runtime()?.block_on(simulate(arguments))
}

async fn simulate(arguments: &CarrierSimArguments) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let phone = arguments.phone.as_deref().map(|number| (number, arguments.other_end()));
    if let Some((_, None)) = phone {
        return Err(
            StartError::Setting("--phone needs --to or --number: whom it texts with".to_owned()).into()
        );
    }
    let simulator = Simulator::start(arguments.config()).await?;
    print(&format!("SMPP on {}\n", simulator.smpp_address()))?;
    if let Some(address) = simulator.http_address() {
        print(&format!("phones on http://{address}/\n"))?;
    }
    match phone {
        Some((from, Some(to))) => tokio::select! {
            ended = phone::use_it(&simulator, from, to) => ended?,
            () = signals.next() => {}
        },
        _ => signals.next().await,
    }
    tokio::select! {
        () = simulator.shut_down() => Ok(()),
        () = signals.next() => Err(Failure::Impatient),
    }
}

impl CarrierSimArguments {
    /// Whom the phone in the terminal texts with.
    fn other_end(&self) -> Option<&str> {
        self.to.as_deref().or_else(|| self.number.first().map(|owned| owned.number.as_str()))
    }

    fn config(&self) -> Config {
        let tls = self.tls_certificate.clone().zip(self.tls_key.clone());
        Config {
            smpp: self.smpp,
            http: (!self.no_http).then_some(self.http),
            tls: tls.map(|(certificate, key)| Tls { certificate, key }),
            accounts: self.account.clone(),
            numbers: self.number.clone(),
            faults: self.faults.faults(),
            seed: self.faults.seed,
            long_texts: self.long_texts,
            window: self.window,
            keep_texts: self.keep_texts,
            enquire_link_s: self.enquire_link_s,
            response_timeout_s: self.response_timeout_s,
            retry_ms: self.retry_ms,
            ..Config::default()
        }
    }
}

impl FaultArguments {
    fn faults(&self) -> Faults {
        Faults {
            delay_ms: self.delay_ms,
            receipt_delay_ms: self.receipt_delay_ms,
            loss: self.loss,
            lost_answers: self.lost_answers,
            lost_receipts: self.lost_receipts,
            reorder: self.reorder,
            reorder_ms: self.reorder_ms,
            throttle: self.throttle,
            errors: self.errors,
            error_status: self.error_status.clone(),
            failed_receipts: self.failed_receipts,
            duplicate_receipts: self.duplicate_receipts,
            early_receipts: self.early_receipts,
            receipt_ids: self.receipt_ids,
            receipt_form: self.receipt_form,
            duplicate_texts: self.duplicate_texts,
            disconnects: self.disconnects,
            pauses: self.pauses,
            pause_ms: self.pause_ms,
        }
    }
}

fn log_filter(text: &str) -> Result<String, String> {
    let is_filter = logs::is_filter(text);
    is_filter
        .then(|| text.to_owned())
        .ok_or_else(|| "is not a filter, as in info or warn,smpp=debug".to_owned())
}
