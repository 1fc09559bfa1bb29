//! The offers and answers of one dialog, in turn.

use super::crypto::{Crypto, CryptoLine, Suite};
use super::format::{Codec, Format, Numbers};
use super::line::{OurAudio, body, whole};
use super::offer::{Audio, Description, Line};
use super::{Agreed, LocalMedia, Security, Unacceptable};

/// What must stay the same from one description to the next.
#[derive(Debug, Clone)]
pub struct Negotiation {
    session: u64,
    version: u64,
    /// The last description we sent, without its origin: a new version is one that differs (RFC 3264, section 8).
    last: String,
    lines: Vec<Line>,
    audio_at: usize,
    numbers: Numbers,
    /// What we have offered last, until the far side offers something.
    open: Option<Open>,
}

#[derive(Debug, Clone)]
struct Open {
    local: LocalMedia,
    formats: Vec<(u8, Format)>,
    crypto: Vec<CryptoLine>,
}

impl Negotiation {
    /// Begins with nothing said. `session` is a random number, which the origin line shows in all descriptions of this dialog.
    #[must_use]
    pub fn new(session: u64) -> Self {
        Self {
            // Some phones read it into a signed number.
            session: session >> 2,
            version: 0,
            last: String::new(),
            lines: Vec::new(),
            audio_at: 0,
            numbers: Numbers::default(),
            open: None,
        }
    }

    /// An offer of ours. A later one takes the place of one that was refused or never answered.
    #[must_use]
    pub fn offer(&mut self, local: &LocalMedia) -> String {
        let mut formats = Vec::with_capacity(local.codecs.len() + 2);
        for codec in &local.codecs {
            self.offer_format(Format::Speech(*codec), &mut formats);
        }
        for clock in [8_000, 48_000] {
            if local.codecs.iter().any(|codec| codec.clock() == clock) {
                self.offer_format(Format::Dtmf(clock), &mut formats);
            }
        }
        let crypto = match &local.security {
            Security::Required(key) => {
                let lines = (1..).zip(Suite::ALL).map(|(tag, suite)| CryptoLine { tag, suite, key: *key });
                lines.collect()
            }
            Security::Plain | Security::AsOffered(_) => Vec::new(),
        };
        let transport = if crypto.is_empty() { "RTP/AVP" } else { "RTP/SAVP" };
        let direction = local.direction;
        let audio = OurAudio { local, transport, formats: &formats, direction, crypto: &crypto };
        let text = body(&self.lines, self.audio_at, &audio);
        self.open = Some(Open { local: local.clone(), formats, crypto });
        self.publish(local, text)
    }

    /// The answer to an offer of the far side: the first audio stream that suits us, everything else declined.
    ///
    /// # Errors
    ///
    /// Nothing in the offer does; what was agreed before goes on. The fault is that of the first stream.
    pub fn answer(
        &mut self,
        offer: &Description,
        local: &LocalMedia,
    ) -> Result<(String, Agreed), Unacceptable> {
        let mut fits = offer.audios.iter().map(|(at, audio)| Fit::of(*at, audio, local));
        let first = fits.next().unwrap_or(Err(Unacceptable::NoAudio));
        let fit = first.or_else(|fault| fits.find_map(Result::ok).ok_or(fault))?;
        let Fit { at, audio, codec, number, dtmf, crypto } = fit;
        for (number, format) in &audio.formats {
            self.numbers.learn(*number, *format);
        }
        self.lines.clone_from(&offer.lines);
        self.audio_at = at;
        self.open = None;

        let mut formats = vec![(number, Format::Speech(codec))];
        formats.extend(dtmf);
        let direction = local.direction.and(audio.direction.reversed());
        let lines: Vec<CryptoLine> = crypto.iter().map(|it| it.0).collect();
        let transport = self.lines.get(at).map_or("RTP/AVP", |line| line.transport.as_str());
        let said = OurAudio { local, transport, formats: &formats, direction, crypto: &lines };
        let text = body(&self.lines, at, &said);
        let agreed = Agreed {
            remote: audio.remote,
            remote_rtcp: audio.remote_rtcp,
            codec,
            payload_type: number,
            receives: vec![(number, codec)],
            dtmf: dtmf.map(|it| it.0),
            receives_dtmf: dtmf.map(|it| it.0),
            direction,
            ptime_ms: ptime(audio, local),
            crypto: crypto.map(|it| it.1),
        };
        Ok((self.publish(local, text), agreed))
    }

    /// The far side's answer to the last [`offer`](Self::offer). There may be several: for early media and then for good, or of
    /// several phones that one call reaches; the last one counts.
    ///
    /// # Errors
    ///
    /// It does not fit the offer, or leaves no audio. What was agreed before goes on.
    pub fn accept(&mut self, answer: &Description) -> Result<Agreed, Unacceptable> {
        let open = self.open.as_ref().ok_or(Unacceptable::NotAnAnswer)?;
        let offered = self.lines.len().max(self.audio_at + 1);
        let taken = answer.audios.iter().find(|(at, _)| *at == self.audio_at);
        let (true, Some((_, audio))) = (answer.lines.len() == offered, taken) else {
            return Err(Unacceptable::NotAnAnswer);
        };
        check_family(audio, &open.local)?;
        let crypto = chosen(audio, open)?;
        let is_offered = |format: Format| open.formats.iter().find(|it| it.1 == format).map(|it| it.0);
        let mut receives = Vec::with_capacity(2);
        let mut sends = None;
        for (number, format) in &audio.formats {
            self.numbers.learn(*number, *format);
            let Some(Format::Speech(codec)) = format else { continue };
            let Some(ours) = is_offered(Format::Speech(*codec)) else { continue };
            receives.push((ours, *codec));
            sends = sends.or(Some((*number, *codec)));
        }
        let (payload_type, codec) = sends.ok_or(Unacceptable::NoCodec)?;
        let dtmf = find_dtmf(audio, codec);
        let receives_dtmf = dtmf.and_then(|it| is_offered(it.1));
        if self.lines.is_empty() {
            self.lines.clone_from(&answer.lines);
        }
        Ok(Agreed {
            remote: audio.remote,
            remote_rtcp: audio.remote_rtcp,
            codec,
            payload_type,
            receives,
            dtmf: dtmf.map(|it| it.0),
            receives_dtmf,
            direction: open.local.direction.and(audio.direction.reversed()),
            ptime_ms: ptime(audio, &open.local),
            crypto,
        })
    }

    fn offer_format(&mut self, format: Format, formats: &mut Vec<(u8, Format)>) {
        if let Some(number) = self.numbers.number(format) {
            formats.push((number, format));
        }
    }

    fn publish(&mut self, local: &LocalMedia, text: String) -> String {
        if text != self.last {
            self.version += 1;
            self.last = text;
        }
        whole(self.session, self.version, local.address, &self.last)
    }
}

/// An offered stream that suits us, and how.
struct Fit<'a> {
    at: usize,
    audio: &'a Audio,
    codec: Codec,
    number: u8,
    dtmf: Option<(u8, Format)>,
    crypto: Option<(CryptoLine, Crypto)>,
}

impl<'a> Fit<'a> {
    fn of(at: usize, audio: &'a Audio, local: &LocalMedia) -> Result<Self, Unacceptable> {
        check_family(audio, local)?;
        let crypto = encryption(audio, &local.security)?;
        let found = local.codecs.iter().find_map(|codec| find(audio, *codec));
        let (number, codec) = found.ok_or(Unacceptable::NoCodec)?;
        Ok(Self { at, audio, codec, number, dtmf: find_dtmf(audio, codec), crypto })
    }
}

/// Packets cannot go from one family to the other.
fn check_family(audio: &Audio, local: &LocalMedia) -> Result<(), Unacceptable> {
    let remote = audio.remote.ip();
    if remote.is_unspecified() || remote.is_ipv4() == local.address.is_ipv4() {
        Ok(())
    } else {
        Err(Unacceptable::Address)
    }
}

/// The line of our answer to encryption that was offered, and what follows from it.
fn encryption(audio: &Audio, ours: &Security) -> Result<Option<(CryptoLine, Crypto)>, Unacceptable> {
    match (audio.is_encrypted, ours.key()) {
        (true, Some(key)) => {
            let line = audio.crypto.first().ok_or(Unacceptable::Encryption)?;
            let answer = CryptoLine { key: *key, ..*line };
            Ok(Some((answer, Crypto { suite: line.suite, ours: *key, theirs: line.key })))
        }
        (true, None) => Err(Unacceptable::Encryption),
        (false, _) if matches!(ours, Security::Required(_)) => Err(Unacceptable::NotEncrypted),
        (false, _) => Ok(None),
    }
}

/// Which of the suites that we offered the answer has taken.
fn chosen(audio: &Audio, open: &Open) -> Result<Option<Crypto>, Unacceptable> {
    if open.crypto.is_empty() {
        return if audio.is_encrypted { Err(Unacceptable::Encryption) } else { Ok(None) };
    }
    if !audio.is_encrypted {
        return Err(Unacceptable::NotEncrypted);
    }
    let theirs = audio.crypto.first().ok_or(Unacceptable::Encryption)?;
    let fits = |it: &&CryptoLine| it.tag == theirs.tag && it.suite == theirs.suite;
    let ours = open.crypto.iter().find(fits).ok_or(Unacceptable::Encryption)?;
    Ok(Some(Crypto { suite: ours.suite, ours: ours.key, theirs: theirs.key }))
}

fn find(audio: &Audio, codec: Codec) -> Option<(u8, Codec)> {
    audio.formats.iter().find(|it| it.1 == Some(Format::Speech(codec))).map(|it| (it.0, codec))
}

/// DTMF shares the clock of the speech (RFC 4733, section 2.1). Some phones know 8000 only, and mean it beside Opus, too.
fn find_dtmf(audio: &Audio, codec: Codec) -> Option<(u8, Format)> {
    let with = |clock: u32| audio.formats.iter().find(|it| it.1 == Some(Format::Dtmf(clock)));
    let (number, format) = with(codec.clock()).or_else(|| with(8_000))?;
    format.map(|format| (*number, format))
}

/// What the far side wishes, within what anybody sends.
fn ptime(audio: &Audio, local: &LocalMedia) -> u16 {
    audio.ptime_ms.filter(|it| (10..=60).contains(it) && it % 10 == 0).unwrap_or(local.ptime_ms)
}
