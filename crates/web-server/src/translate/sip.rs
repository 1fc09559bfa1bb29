//! What is kept of the password by which a telephone's phones sign in: digests (RFC 7616), never the
//! password itself.

use contact_center::calls::SipIdentity;
use md5::Md5;
use public_api::{Arguments, Problem, StatusCode};
use sha2::{Digest, Sha256};

/// The identity that a request gives a telephone of this number, if it gives one.
///
/// # Errors
/// The password is empty; nothing here answers phones.
pub fn identity(
    given: &Arguments,
    number: &str,
    realm: Option<&str>,
) -> Result<Option<SipIdentity>, Problem> {
    let Some(password) = given.text(PASSWORD) else { return Ok(None) };
    if password.is_empty() {
        return Err(Problem::empty(PASSWORD));
    }
    let Some(realm) = realm else {
        return Err(Problem::new(StatusCode::InvalidState, "This server answers no SIP phones."));
    };
    let secret = format!("{number}:{realm}:{password}");
    Ok(Some(SipIdentity {
        realm: realm.to_owned(),
        ha1_md5: hex(&Md5::digest(&secret)),
        ha1_sha256: hex(&Sha256::digest(&secret)),
    }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const PASSWORD: &str = "sipPassword";

#[cfg(test)]
mod tests {
    use public_api::operations::DEVICE_FIELDS;
    use public_api::request::parse_changes;

    use super::*;

    fn check(body: &str, realm: Option<&str>) -> Result<Option<SipIdentity>, Problem> {
        identity(&parse_changes(DEVICE_FIELDS, body.as_bytes()).expect("a body"), "Mufasa", realm)
    }

    #[test]
    fn the_digests_are_those_of_rfc_7616() {
        let realm = "http-auth@example.org";
        let kept = check(r#"{"sipPassword": "Circle of Life"}"#, Some(realm)).expect("no problem");
        let kept = kept.expect("an identity");
        // 3.9.1 uses them; computed with coreutils.
        assert_eq!(kept.ha1_md5, "3d78807defe7de2157e2b0b6573a855f");
        assert_eq!(kept.ha1_sha256, "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
        assert_eq!(kept.realm, realm);
    }

    #[test]
    fn without_a_password_nothing_is_changed_and_without_phones_none_is_taken() {
        assert_eq!(check("{}", Some("r")), Ok(None));
        assert_eq!(check(r#"{"sipPassword": null}"#, None), Ok(None));
        let refused = |body: &str, realm| check(body, realm).map_err(|problem| problem.code);
        assert_eq!(refused(r#"{"sipPassword": ""}"#, Some("r")), Err(StatusCode::MissingParameter));
        assert_eq!(refused(r#"{"sipPassword": "x"}"#, None), Err(StatusCode::InvalidState));
    }
}
