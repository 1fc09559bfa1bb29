//! Which transaction a message belongs to (RFC 3261, 17.1.3 and 17.2.3).

use crate::message::{Method, Request, Response};

/// The key of the server transaction that a request makes, repeats, acknowledges or cancels, the latter two by the
/// method that they mean.
pub(super) fn of_request(request: &Request, method: &Method) -> Option<String> {
    let via = request.via()?;
    let mut key = String::with_capacity(96);
    key.push_str(method.as_str());
    key.push(' ');
    key.push_str(via.branch().unwrap_or(""));
    key.push(' ');
    via.host.chars().for_each(|letter| key.push(letter.to_ascii_lowercase()));
    if let Some(port) = via.port {
        key.push(':');
        key.push_str(&port.to_string());
    }
    if !via.is_of_rfc_3261() {
        // As RFC 2543 made them: the branch, if any, tells hops apart and not requests. To is left out, since its tag
        // comes with our answer.
        let number = request.cseq()?.number.to_string();
        let tag = request.from().and_then(|from| from.tag()).unwrap_or("");
        for word in [request.call_id(), &number, tag, request.uri.as_str()] {
            key.push(' ');
            key.push_str(word);
        }
    }
    Some(key)
}

/// The key of a client transaction, from its request.
pub(super) fn of_our_request(request: &Request) -> Option<String> {
    let via = request.via()?;
    Some(format!("{} {}", request.method, via.branch()?))
}

/// The key of the client transaction that a response belongs to.
pub(super) fn of_response(response: &Response) -> Option<String> {
    let cseq = response.cseq()?;
    Some(format!("{} {}", cseq.method, response.via()?.branch()?))
}
