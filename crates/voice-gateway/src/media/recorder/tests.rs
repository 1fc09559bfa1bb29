use std::path::Path;

use super::super::RecordingError;
use super::*;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("recorder-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A recorder, and what it tells.
struct Rig {
    recorder: Recorder,
    news: mpsc::Receiver<MediaEvent>,
}

const CUSTOMER: u8 = 0;
const AGENT: u8 = 1;
const COACH: u8 = 2;
const FRAME: Duration = Duration::from_millis(20);

impl Rig {
    fn start(folder: &Path) -> Rig {
        let (events, news) = mpsc::channel(64);
        Rig { recorder: Recorder::start(folder.to_owned(), Clock::start(), events).unwrap(), news }
    }

    fn begin(&self, name: &str) {
        let recording = 1;
        self.recorder.order(Order::Begin { recording, name: name.into(), at: Duration::ZERO }).unwrap();
        for (party, label) in
            [(CUSTOMER, "1-Customer-+49 30 1"), (AGENT, "2-Agent-7001"), (COACH, "3-Supervisor")]
        {
            let is_customer = party == CUSTOMER;
            self.recorder.order(Order::Party { recording, party, label: label.into(), is_customer }).unwrap();
        }
    }

    fn end(&self, at: Duration) {
        self.recorder.order(Order::End { recording: 1, at }).unwrap();
    }

    /// A voice says the same for `frames` frames.
    fn say(&self, party: u8, sample: i16, from: Duration, frames: u32, by: &[u8]) {
        let by = by.iter().copied().fold(Parties::default(), Parties::with);
        let mut voice = Voice { recording: 1, party, lost: 0 };
        for index in 0..frames {
            self.recorder.tap().offer(&mut voice, &[sample; 160], 8_000, from + FRAME * index, by);
        }
    }

    /// Drops the recorder, which ends all recordings, and gives back what it told.
    fn finish(mut self) -> Vec<MediaEvent> {
        drop(self.recorder);
        std::iter::from_fn(|| self.news.try_recv().ok()).collect()
    }
}

fn samples(path: &Path) -> Vec<i16> {
    let bytes = std::fs::read(path).unwrap();
    bytes[wave::HEADER_BYTES..].chunks(2).map(|it| i16::from_le_bytes([it[0], it[1]])).collect()
}

/// The samples at the middle of each frame of a rendered recording.
fn heard(folder: &Path, ear: u8) -> Vec<i16> {
    let out = folder.join(format!("heard-{ear}.wav"));
    render_as_heard(folder, ear, &out).unwrap();
    samples(&out).chunks(160).map(|frame| frame[frame.len() / 2]).collect()
}

#[test]
fn a_whisper_is_in_its_track_and_in_no_view_of_the_customer() {
    let folder = Folder::new("whisper");
    let rig = Rig::start(&folder.0);
    rig.begin("call");
    rig.say(CUSTOMER, 100, Duration::ZERO, 50, &[AGENT, COACH]);
    rig.say(AGENT, 1_000, Duration::ZERO, 50, &[CUSTOMER, COACH]);
    rig.say(COACH, 10_000, Duration::ZERO, 25, &[AGENT]);
    // From here on the supervisor is heard by everyone.
    rig.say(COACH, 10_001, FRAME * 25, 25, &[AGENT, CUSTOMER]);
    rig.end(FRAME * 50);
    let news = rig.finish();
    let [MediaEvent::RecordingEnded { folder, .. }] = &news[..] else { panic!("{news:?}") };
    assert_eq!(heard(folder, CUSTOMER), [vec![1_000; 25], vec![11_001; 25]].concat());
    assert_eq!(heard(folder, AGENT), [vec![10_100; 25], vec![10_101; 25]].concat());
    assert_eq!(heard(folder, COACH), vec![1_100; 50]);
    let sheet = Sheet::read(folder).unwrap();
    assert!(sheet.is_complete);
    assert_eq!((sheet.length_ms, sheet.tracks.len()), (1_000, 3));
    assert_eq!(sheet.tracks[2].heard[0], Run { from: 0, until: 4_000, by: vec![AGENT] });
    assert_eq!(sheet.tracks[0].file, "0-1-Customer-_49_30_1.wav");
    assert!(sheet.tracks[0].is_customer && !sheet.tracks[2].is_customer);
    assert_eq!(samples(&folder.join(&sheet.tracks[2].file)).len(), 8_000);
}

#[test]
fn tracks_stand_on_one_time_line_and_have_one_length() {
    let folder = Folder::new("time-line");
    let rig = Rig::start(&folder.0);
    rig.begin("call");
    rig.say(CUSTOMER, 1, Duration::ZERO, 100, &[AGENT]);
    rig.say(AGENT, 2, FRAME * 40, 10, &[CUSTOMER]);
    rig.end(FRAME * 100);
    rig.finish();
    let folder = folder.0.join("call");
    let sheet = Sheet::read(&folder).unwrap();
    let agent = samples(&folder.join(&sheet.tracks[1].file));
    assert_eq!(agent.len(), 16_000);
    assert_eq!(agent.iter().position(|it| *it == 2), Some(40 * 160));
    assert_eq!(agent.iter().filter(|it| **it == 2).count(), 1_600);
}

#[test]
fn wideband_and_narrowband_voices_are_heard_together() {
    let folder = Folder::new("wideband");
    let rig = Rig::start(&folder.0);
    rig.begin("call");
    rig.say(CUSTOMER, 100, Duration::ZERO, 50, &[COACH]);
    let mut agent = Voice { recording: 1, party: AGENT, lost: 0 };
    for index in 0..50 {
        let by = Parties::default().with(COACH);
        rig.recorder.tap().offer(&mut agent, &[1_000; 320], 16_000, FRAME * index, by);
    }
    rig.say(COACH, 1, Duration::ZERO, 1, &[]);
    rig.end(FRAME * 50);
    rig.finish();
    let folder = folder.0.join("call");
    let out = folder.join("heard.wav");
    render_as_heard(&folder, COACH, &out).unwrap();
    let heard = samples(&out);
    assert_eq!(heard.len(), 16_000);
    assert!(heard[2..].iter().all(|it| *it == 1_100), "{:?}", &heard[..10]);
}

#[test]
fn a_party_whose_codec_changes_stays_on_its_track() {
    let folder = Folder::new("codec-change");
    let rig = Rig::start(&folder.0);
    rig.begin("call");
    rig.say(AGENT, 0, Duration::ZERO, 10, &[CUSTOMER]);
    let mut agent = Voice { recording: 1, party: AGENT, lost: 0 };
    for index in 10..20 {
        rig.recorder.tap().offer(&mut agent, &[1_000; 320], 16_000, FRAME * index, Parties::default());
    }
    rig.end(FRAME * 20);
    rig.finish();
    let folder = folder.0.join("call");
    let sheet = Sheet::read(&folder).unwrap();
    assert_eq!((sheet.tracks[0].sample_rate, sheet.tracks[0].samples), (8_000, 3_200));
    let samples = samples(&folder.join(&sheet.tracks[0].file));
    assert!((990..=1_010).contains(&samples[3_000]), "{}", samples[3_000]);
}

#[test]
fn a_slow_disk_costs_frames_and_leaves_a_mark() {
    let folder = Folder::new("slow");
    let (frames, queue) = sync_channel(1);
    let tap = Tap { frames };
    let by = Parties::default().with(CUSTOMER);
    let mut voice = Voice { recording: 1, party: AGENT, lost: 0 };
    for index in 0..4 {
        tap.offer(&mut voice, &[5; 160], 8_000, FRAME * index, by);
    }
    assert_eq!(voice.lost, 3);
    let first = queue.recv().unwrap();
    tap.offer(&mut voice, &[6; 160], 8_000, FRAME * 4, by);
    let second = queue.recv().unwrap();
    assert_eq!((voice.lost, first.lost_before, second.lost_before), (0, 0, 3));

    let rig = Rig::start(&folder.0);
    rig.begin("call");
    rig.recorder.tap().frames.send(first).unwrap();
    rig.recorder.tap().frames.send(second).unwrap();
    rig.end(FRAME * 5);
    let news = rig.finish();
    assert!(matches!(news[0], MediaEvent::RecordingLost { frames: 3, .. }), "{news:?}");
    let folder = folder.0.join("call");
    let sheet = Sheet::read(&folder).unwrap();
    assert_eq!(sheet.tracks[0].gaps, [Gap { before: 640, frames: 3 }]);
    let samples = samples(&folder.join(&sheet.tracks[0].file));
    assert_eq!((samples[0], samples[160], samples[640]), (5, 0, 6));
}

#[test]
fn a_folder_that_went_away_is_told() {
    let folder = Folder::new("missing");
    let rig = Rig::start(&folder.0.join("not-there"));
    rig.begin("call");
    rig.say(AGENT, 1, Duration::ZERO, 3, &[]);
    let news = rig.finish();
    let [MediaEvent::RecordingFailed { cause: RecordingError::Disk { path, cause }, .. }] = &news[..] else {
        panic!("{news:?}")
    };
    assert!(path.ends_with("not-there/call"));
    assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn a_name_that_is_no_folder_s_is_refused() {
    let folder = Folder::new("names");
    for name in ["", "../x", "a/b", ".", "a b", &"x".repeat(MOST_NAME_BYTES + 1)] {
        let rig = Rig::start(&folder.0);
        rig.begin(name);
        let news = rig.finish();
        assert!(
            matches!(&news[..], [MediaEvent::RecordingFailed { cause: RecordingError::Name, .. }]),
            "{name}: {news:?}"
        );
    }
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);
}

#[test]
fn a_recording_never_overwrites_another_one() {
    let folder = Folder::new("again");
    for expected in ["call", "call-2", "call-3"] {
        let rig = Rig::start(&folder.0);
        rig.begin("call");
        rig.say(AGENT, 1, Duration::ZERO, 3, &[]);
        let news = rig.finish();
        let [MediaEvent::RecordingEnded { folder, .. }] = &news[..] else { panic!("{news:?}") };
        assert!(folder.ends_with(expected));
    }
}

#[test]
fn a_recording_ends_by_itself_after_a_day() {
    let folder = Folder::new("long");
    let rig = Rig::start(&folder.0);
    rig.begin("call");
    rig.say(AGENT, 1, Duration::ZERO, 1, &[]);
    rig.say(AGENT, 1, LONGEST + FRAME, 1, &[]);
    let news = rig.finish();
    assert!(matches!(&news[..], [MediaEvent::RecordingFailed { cause: RecordingError::TooLong, .. }]));
}

#[test]
fn a_damaged_sheet_is_refused() {
    let folder = Folder::new("damaged");
    let rig = Rig::start(&folder.0);
    rig.begin("call");
    rig.say(AGENT, 1, Duration::ZERO, 3, &[CUSTOMER]);
    rig.say(CUSTOMER, 1, Duration::ZERO, 3, &[AGENT]);
    rig.finish();
    let call = folder.0.join("call");
    let check = |sheet: &Sheet, expected: &str| {
        sheet.write(&call).unwrap();
        let error = render_as_heard(&call, CUSTOMER, &call.join("out.wav")).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    let sound = Sheet::read(&call).unwrap();
    let mut sheet = sound.clone();
    sheet.tracks[1].file = "../../etc/passwd".to_owned();
    check(&sheet, "the sheet is damaged: a track outside the folder");
    sheet.tracks[1] = TrackSheet { sample_rate: 7, ..sound.tracks[1].clone() };
    check(&sheet, "the sheet is damaged: 7 samples a second");
    sheet.tracks[1] = sound.tracks[1].clone();
    sheet.tracks[1].heard.push(Run { from: 0, until: 10, by: vec![CUSTOMER] });
    check(&sheet, "the sheet is damaged: the runs of party 1");
    check(&Sheet { version: 2, ..sound.clone() }, "the sheet is of form 2, which this release cannot read");
    sound.write(&call).unwrap();
    let nobody = render_as_heard(&call, 9, &call.join("out.wav"));
    assert!(matches!(nobody, Err(RenderError::NoSuchParty(9))));
    std::fs::write(call.join(SHEET), "{").unwrap();
    assert!(matches!(render_as_heard(&call, 0, &call.join("out.wav")), Err(RenderError::Io { .. })));
}
