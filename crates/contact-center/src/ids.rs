//! The names of things. Every kind has a type of its own, so that a queue is never mistaken for a
//! skill; each is printed in the shape that clients of the API know. Random bits come from outside.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not an ID of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ID of this kind")]
pub struct MalformedId;

/// Declares one ID type over 128 random bits with its printed form.
macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $print:path, $parse:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $print(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $print(self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                $parse(text).map(Self).ok_or(MalformedId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id_type!(
    /// A contact center, also called a tenant. Printed as a dashed UUID.
    ContactCenterId, print_uuid, parse_uuid
);
id_type!(
    /// A user. Printed as 32 lower-case hexadecimal digits.
    UserId, print_hex, parse_hex
);
id_type!(
    /// A telephone or another device. Printed as a dashed UUID.
    DeviceId, print_uuid, parse_uuid
);
id_type!(
    /// A skill. Printed as a dashed UUID.
    SkillId, print_uuid, parse_uuid
);
id_type!(
    /// A queue. Printed as a dashed UUID.
    QueueId, print_uuid, parse_uuid
);
id_type!(
    /// A contact (a chat, a text session) as agents and supervisors know it. Printed as 16
    /// upper-case letters and digits, which hold 82 of the random bits.
    ContactId, print_base36, parse_base36
);
id_type!(
    /// The customer's own key to a contact: whoever has it speaks as the customer. Agents never
    /// see it. Printed as a dashed UUID.
    CustomerKey, print_uuid, parse_uuid
);
id_type!(
    /// A group without its prefix; [`GroupId`] adds it.
    GroupNumber, print_uuid, parse_uuid
);

id_type!(
    /// A call, the same for everybody in it. Printed as 32 upper-case letters and digits.
    CallId, print_base32, parse_base32
);
id_type!(
    /// A telephone's line to us. Printed as 32 lower-case hexadecimal digits; no client of the API sees it.
    LegId, print_hex, parse_hex
);

impl ContactId {
    /// The contact named by these random bits: those that its printed form can hold.
    pub fn from_random(bits: u128) -> Self {
        Self(bits % 36u128.pow(16))
    }
}

/// What a group holds; the first character of its ID says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GroupKind {
    /// A set of disposition codes.
    Dispositions,
    /// People, skills and queues that belong together, with their supervisors.
    BusinessUnit,
}

/// A group. Printed as `1-` (dispositions) or `2-` (business unit) and a dashed UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId {
    /// What the group holds.
    pub kind: GroupKind,
    /// Its number among all groups.
    pub number: GroupNumber,
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.kind {
            GroupKind::Dispositions => '1',
            GroupKind::BusinessUnit => '2',
        };
        write!(f, "{prefix}-{}", self.number)
    }
}

impl FromStr for GroupId {
    type Err = MalformedId;
    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let (prefix, number) = text.split_once('-').ok_or(MalformedId)?;
        let kind = match prefix {
            "1" => GroupKind::Dispositions,
            "2" => GroupKind::BusinessUnit,
            _ => return Err(MalformedId),
        };
        Ok(Self { kind, number: number.parse()? })
    }
}

impl Serialize for GroupId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GroupId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A party of one contact: 48 bits of the contact and the party's number in it. Printed as 16
/// upper-case hexadecimal digits. It tells nothing and opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartyId(pub u64);

impl PartyId {
    /// The `number`th party (from 1) of `contact`.
    pub fn of(contact: ContactId, number: u16) -> Self {
        let salt = (contact.0 ^ (contact.0 >> 48)) as u64 & 0xFFFF_FFFF_FFFF;
        Self(salt << 16 | u64::from(number))
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

fn print_hex(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{bits:032x}")
}

fn parse_hex(text: &str) -> Option<u128> {
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(text, 16).ok()
}

fn print_uuid(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (a, b, c, d, e) =
        (bits >> 96, bits >> 80 & 0xFFFF, bits >> 64 & 0xFFFF, bits >> 48 & 0xFFFF, bits & 0xFFFF_FFFF_FFFF);
    write!(f, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}

fn parse_uuid(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 {
        return None;
    }
    let mut bits = 0u128;
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        bits = bits << 4 | u128::from((*byte as char).to_digit(16)?);
    }
    Some(bits)
}

/// How telephony servers print the bits of a call: digits and letters, without those that are easily confused.
const BASE32: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn print_base32(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut digits = [b'0'; 32];
    let mut rest = bits;
    for digit in digits.iter_mut().rev() {
        *digit = BASE32[(rest & 31) as usize];
        rest >>= 5;
    }
    f.write_str(std::str::from_utf8(&digits).unwrap_or_default())
}

fn parse_base32(text: &str) -> Option<u128> {
    if text.len() != 32 {
        return None;
    }
    text.bytes().try_fold(0u128, |bits, digit| {
        let value = BASE32.iter().position(|one| *one == digit)? as u128;
        // 160 bits fit into the digits, 128 into the ID.
        (bits >> 123 == 0).then_some(bits << 5 | value)
    })
}

const BASE36: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn print_base36(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // Two halves of eight digits: dividing 128 bits sixteen times shows in the profile of a busy server.
    let half = 36u128.pow(8);
    let mut digits = [b'0'; 16];
    let (high, low) = digits.split_at_mut(8);
    for (digits, bits) in [(high, bits / half), (low, bits % half)] {
        let mut rest = bits as u64;
        for digit in digits.iter_mut().rev() {
            *digit = BASE36[(rest % 36) as usize];
            rest /= 36;
        }
    }
    f.write_str(std::str::from_utf8(&digits).unwrap_or_default())
}

fn parse_base36(text: &str) -> Option<u128> {
    if text.len() != 16 || text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    text.chars().try_fold(0u128, |bits, digit| Some(bits * 36 + u128::from(digit.to_digit(36)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: FromStr + fmt::Display>(text: &str) {
        let Ok(id) = text.parse::<T>() else { panic!("{text} should parse") };
        assert_eq!(id.to_string(), text);
    }

    #[test]
    fn ids_print_as_they_were_read() {
        check::<UserId>("7c1e0f52a9b84d0c8b3d5a6e91f2c344");
        check::<QueueId>("0b6c2f0e-5d1a-4a53-9a0f-8f0e6a1d7b21");
        check::<ContactId>("7Q2MD0KX41AB003C");
        check::<CallId>("0000000QH4T7V1C9E2P8K3S5W6AB0042");
        check::<LegId>("7c1e0f52a9b84d0c8b3d5a6e91f2c344");
        assert_eq!(CallId(u128::MAX).to_string().parse(), Ok(CallId(u128::MAX)));
        check::<GroupId>("2-0b6c2f0e-5d1a-4a53-9a0f-8f0e6a1d7b21");
        assert_eq!(
            ContactId::from_random(u128::MAX).to_string().parse(),
            Ok(ContactId::from_random(u128::MAX))
        );
    }

    #[test]
    fn malformed_ids_are_refused() {
        assert_eq!("7C1E".parse::<UserId>(), Err(MalformedId));
        assert_eq!("0b6c2f0e-5d1a-4a53-9a0f_8f0e6a1d7b21".parse::<QueueId>(), Err(MalformedId));
        assert_eq!("7q2md0kx41ab003c".parse::<ContactId>(), Err(MalformedId));
        assert_eq!("ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<CallId>(), Err(MalformedId));
        assert_eq!("3-0b6c2f0e-5d1a-4a53-9a0f-8f0e6a1d7b21".parse::<GroupId>(), Err(MalformedId));
        assert_eq!("é".repeat(8).parse::<ContactId>(), Err(MalformedId));
    }
}
