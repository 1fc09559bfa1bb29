//! Names of headers and cookies, and the one answer that is not JSON.

/// The cookie of the HTTP session.
pub const SESSION_COOKIE: &str = "JSESSIONID";

/// On answers to GET: names the header that requests repeat the token in.
pub const CSRF_HEADER_NAME: &str = "X-CSRF-HEADER";

/// On answers to GET the token's value; on requests that change something, its repetition.
pub const CSRF_TOKEN: &str = "X-CSRF-TOKEN";

/// The body, under HTTP 403, when that token is missing or wrong.
pub const CSRF_REFUSAL: &str = "Missing or invalid Csrf token";

/// By which customers name the contact center that they turn to.
pub const CONTACT_CENTER: &str = "ContactCenterId";
