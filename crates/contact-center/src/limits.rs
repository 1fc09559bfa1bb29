//! How much of everything one contact center holds. A full table refuses; it never grows.

/// Users of one contact center.
pub const USERS: usize = 50_000;
/// Devices, skills, queues and groups, each.
pub const DIRECTORY_ENTRIES: usize = 50_000;
/// Open contacts: waiting, offered or handled.
pub const OPEN_CONTACTS: usize = 100_000;
/// Contacts of one customer address or of one agent are limited by the shell and by capacity; a
/// supervisor may be in this many contacts at once.
pub const CONTACTS_PER_SUPERVISOR: usize = 1_000;
/// Parties that may ever have been in one contact.
pub const PARTIES_PER_CONTACT: usize = 1_000;
/// Offers of one contact that stand at the same time.
pub const OFFERS_PER_CONTACT: usize = 50;
/// Entries in the log of one contact; when it is reached nobody can say more in it.
pub const MESSAGES_PER_CONTACT: usize = 20_000;
/// Entries in the log of one contact after which supervisors cannot switch any more, only leave.
pub const SWITCHES_PER_CONTACT: usize = 100_000;
/// Bytes of one message's text.
pub const TEXT_BYTES: usize = 32_768;
/// Bytes of text in the log of one contact.
pub const LOG_BYTES_PER_CONTACT: usize = 8 * 1024 * 1024;
/// Keys of the user data of one contact.
pub const USER_DATA_KEYS: usize = 256;
/// Bytes of the user data of one contact, keys and values.
pub const USER_DATA_BYTES: usize = 65_536;
/// Bytes of a name: a nickname, a subject, a user's name.
pub const NAME_BYTES: usize = 256;
/// Subscriptions of supervisors to one agent's channels.
pub const SUBSCRIPTIONS_PER_AGENT: usize = 100;
/// Custom groups of settings of one owner, and entries in one group.
pub const SETTING_ENTRIES: usize = 500;
/// Bytes of one custom entry.
pub const SETTING_BYTES: usize = 32_768;
/// Texts that wait for a carrier.
pub const WAITING_TEXTS: usize = 100_000;
/// Outgoing texts that have not come to their end, those that wait for receipts included.
pub const OUTGOING_TEXTS: usize = 300_000;
/// Incoming texts of which parts are missing.
pub const PARTIAL_TEXTS: usize = 10_000;
/// Arrivals remembered to recognize repetitions.
pub const REMEMBERED_ARRIVALS: usize = 20_000;
/// Threads whose last agent is remembered.
pub const REMEMBERED_THREADS: usize = 100_000;
/// Numbers on the suppression list that people enter.
pub const SUPPRESSIONS: usize = 200_000;
/// Numbers on the suppression list, those of customers included who opt out when people can enter no more.
pub const SUPPRESSIONS_BY_KEYWORD: usize = 400_000;
/// Languages with keywords.
pub const KEYWORD_FAMILIES: usize = 50;
/// Keywords of one language that mean the same.
pub const KEYWORDS_OF_A_KIND: usize = 50;
/// Bytes of the answer to a keyword.
pub const KEYWORD_ANSWER_BYTES: usize = 1_024;
/// Keywords that bring texts to one queue.
pub const KEYWORDS_OF_A_QUEUE: usize = 50;
/// Open calls.
pub const OPEN_CALLS: usize = 50_000;
/// Calls that are over and still known, so that a disposition can be set; beyond it the oldest are forgotten early.
pub const ENDED_CALLS: usize = 20_000;
/// Parties in one call at the same time, supervisors and those who are called included.
pub const PARTIES_PER_CALL: usize = 32;
/// Parties that may ever have been in one call.
pub const PARTIES_EVER_PER_CALL: usize = 1_000;
/// Open calls that one device takes part in, put aside ones and consultations included.
pub const CALLS_PER_DEVICE: usize = 8;
/// How often a call is passed on from device to device before it is answered.
pub const FORWARDS: usize = 5;
/// Digits of a telephone number.
pub const PHONE_NUMBER_BYTES: usize = 64;
/// Digits sent by one order.
pub const DIGITS: usize = 64;
/// Standing orders for one device or queue.
pub const SUPERVISORS_PER_TARGET: usize = 32;
/// Bytes of what the gateway keeps of a line or of a device's phones.
pub const GATEWAY_RECORD_BYTES: usize = 16_384;
/// Contact centers in one server.
pub const CONTACT_CENTERS: usize = 1_000;
