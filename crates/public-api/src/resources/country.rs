//! Countries by their calling codes.
//!
//! Only codes that one country has to itself, or that one country all but has: +1 and +7 are not among
//! them. A wrong country would be worse than none.

use super::Country;

/// The country of a number, given as its digits in E.164 form.
pub fn of(digits: &str) -> Option<Country<'static>> {
    // No calling code begins with another one.
    let (calling_code, code, name) =
        COUNTRIES.iter().find(|(calling_code, ..)| digits.starts_with(calling_code))?;
    Some(Country { name: (*name).into(), code: (*code).into(), calling_code: (*calling_code).into() })
}

/// Calling code (ITU-T E.164), ISO 3166-1 code, name.
static COUNTRIES: &[(&str, &str, &str)] = &[
    ("20", "EG", "Egypt"),
    ("212", "MA", "Morocco"),
    ("213", "DZ", "Algeria"),
    ("216", "TN", "Tunisia"),
    ("221", "SN", "Senegal"),
    ("225", "CI", "Côte d'Ivoire"),
    ("233", "GH", "Ghana"),
    ("234", "NG", "Nigeria"),
    ("237", "CM", "Cameroon"),
    ("251", "ET", "Ethiopia"),
    ("254", "KE", "Kenya"),
    ("255", "TZ", "Tanzania"),
    ("256", "UG", "Uganda"),
    ("27", "ZA", "South Africa"),
    ("30", "GR", "Greece"),
    ("31", "NL", "Netherlands"),
    ("32", "BE", "Belgium"),
    ("33", "FR", "France"),
    ("34", "ES", "Spain"),
    ("351", "PT", "Portugal"),
    ("352", "LU", "Luxembourg"),
    ("353", "IE", "Ireland"),
    ("354", "IS", "Iceland"),
    ("355", "AL", "Albania"),
    ("356", "MT", "Malta"),
    ("357", "CY", "Cyprus"),
    ("358", "FI", "Finland"),
    ("359", "BG", "Bulgaria"),
    ("36", "HU", "Hungary"),
    ("370", "LT", "Lithuania"),
    ("371", "LV", "Latvia"),
    ("372", "EE", "Estonia"),
    ("373", "MD", "Moldova"),
    ("374", "AM", "Armenia"),
    ("375", "BY", "Belarus"),
    ("380", "UA", "Ukraine"),
    ("381", "RS", "Serbia"),
    ("385", "HR", "Croatia"),
    ("386", "SI", "Slovenia"),
    ("387", "BA", "Bosnia and Herzegovina"),
    ("389", "MK", "North Macedonia"),
    ("39", "IT", "Italy"),
    ("40", "RO", "Romania"),
    ("41", "CH", "Switzerland"),
    ("420", "CZ", "Czechia"),
    ("421", "SK", "Slovakia"),
    ("423", "LI", "Liechtenstein"),
    ("43", "AT", "Austria"),
    ("44", "GB", "United Kingdom"),
    ("45", "DK", "Denmark"),
    ("46", "SE", "Sweden"),
    ("47", "NO", "Norway"),
    ("48", "PL", "Poland"),
    ("49", "DE", "Germany"),
    ("51", "PE", "Peru"),
    ("52", "MX", "Mexico"),
    ("53", "CU", "Cuba"),
    ("54", "AR", "Argentina"),
    ("55", "BR", "Brazil"),
    ("56", "CL", "Chile"),
    ("57", "CO", "Colombia"),
    ("58", "VE", "Venezuela"),
    ("591", "BO", "Bolivia"),
    ("593", "EC", "Ecuador"),
    ("595", "PY", "Paraguay"),
    ("598", "UY", "Uruguay"),
    ("60", "MY", "Malaysia"),
    ("61", "AU", "Australia"),
    ("62", "ID", "Indonesia"),
    ("63", "PH", "Philippines"),
    ("64", "NZ", "New Zealand"),
    ("65", "SG", "Singapore"),
    ("66", "TH", "Thailand"),
    ("81", "JP", "Japan"),
    ("82", "KR", "South Korea"),
    ("84", "VN", "Vietnam"),
    ("852", "HK", "Hong Kong"),
    ("86", "CN", "China"),
    ("880", "BD", "Bangladesh"),
    ("886", "TW", "Taiwan"),
    ("90", "TR", "Turkey"),
    ("91", "IN", "India"),
    ("92", "PK", "Pakistan"),
    ("94", "LK", "Sri Lanka"),
    ("961", "LB", "Lebanon"),
    ("962", "JO", "Jordan"),
    ("965", "KW", "Kuwait"),
    ("966", "SA", "Saudi Arabia"),
    ("971", "AE", "United Arab Emirates"),
    ("972", "IL", "Israel"),
    ("973", "BH", "Bahrain"),
    ("974", "QA", "Qatar"),
    ("977", "NP", "Nepal"),
    ("994", "AZ", "Azerbaijan"),
    ("995", "GE", "Georgia"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(digits: &str, code: Option<&str>) {
        assert_eq!(of(digits).map(|country| country.code.into_owned()).as_deref(), code, "{digits}");
    }

    #[test]
    fn the_longest_code_is_the_only_one_that_fits() {
        check("351210000000", Some("PT"));
        check("4930123456", Some("DE"));
        check("15550100123", None);
        check("", None);
    }

    #[test]
    fn no_calling_code_begins_with_another() {
        for (place, (code, ..)) in COUNTRIES.iter().enumerate() {
            let others = COUNTRIES.iter().enumerate().filter(|(other, _)| *other != place);
            assert!(others.into_iter().all(|(_, (other, ..))| !other.starts_with(code)), "{code}");
        }
    }
}
