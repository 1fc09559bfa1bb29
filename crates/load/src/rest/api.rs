//! A plain blocking client of the public API, for everything that is not measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::error::LoadError;
use crate::http;

/// One keep-alive connection to the server.
pub struct Api {
    stream: TcpStream,
    address: SocketAddr,
}

/// A user who is logged in.
#[derive(Clone, Debug)]
pub struct Login {
    pub user_id: String,
    pub user_name: String,
    pub contact_center_id: String,
    /// The value of the `Cookie` header.
    pub cookies: String,
    /// Whole header lines that authenticate a request that changes something.
    pub headers: String,
}

struct Answer {
    status: u16,
    cookies: Vec<String>,
    csrf: Option<(String, String)>,
    body: Vec<u8>,
}

impl Api {
    /// Connects.
    pub fn connect(address: SocketAddr) -> Result<Api, LoadError> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Api { stream, address })
    }

    /// Logs a user in by Basic; later requests go by cookie and token.
    pub fn log_in(&mut self, user_name: &str, password: &str) -> Result<Login, LoadError> {
        let basic = STANDARD.encode(format!("{user_name}:{password}"));
        let headers = format!("Authorization: Basic {basic}\r\n");
        let answer = self.exchange("GET", "/api/v2/me", &headers, b"")?;
        let body = accepted("GET", "/api/v2/me", &answer)?;
        let cookies = answer.cookies.join("; ");
        let mut headers = format!("Cookie: {cookies}\r\n");
        if let Some((name, token)) = answer.csrf {
            headers.push_str(&format!("{name}: {token}\r\n"));
        }
        let member = |name| body["user"][name].as_str().unwrap_or_default().to_owned();
        Ok(Login {
            user_id: member("id"),
            user_name: user_name.to_owned(),
            contact_center_id: member("contactCenterId"),
            cookies,
            headers,
        })
    }

    /// Reads a resource.
    pub fn get(&mut self, path: &str, headers: &str) -> Result<Value, LoadError> {
        let answer = self.exchange("GET", path, headers, b"")?;
        accepted("GET", path, &answer)
    }

    /// Reads something that is not JSON.
    pub fn text(&mut self, path: &str) -> Result<String, LoadError> {
        let answer = self.exchange("GET", path, "", b"")?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status == 200 {
            return Ok(text);
        }
        Err(LoadError::Refused { method: "GET", path: path.to_owned(), status: answer.status, answer: text })
    }

    /// Posts an operation or a new resource.
    pub fn post(&mut self, path: &str, headers: &str, body: &Value) -> Result<Value, LoadError> {
        let answer = self.exchange("POST", path, headers, &serde_json::to_vec(body)?)?;
        accepted("POST", path, &answer)
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Result<Answer, LoadError> {
        let mut request = Vec::new();
        http::encode_request(&mut request, method, &self.address.to_string(), path, headers, body);
        self.stream.write_all(&request)?;
        let mut received = Vec::new();
        let mut scratch = [0; 16 * 1024];
        loop {
            if let Some((response, _)) = http::decode_response(&received)? {
                let pair = |cookie: &str| cookie.split(';').next().unwrap_or_default().trim().to_owned();
                let csrf = response
                    .header("x-csrf-header")
                    .and_then(|name| response.header(name).map(|token| (name.to_owned(), token.to_owned())));
                return Ok(Answer {
                    status: response.status,
                    cookies: response.headers("set-cookie").map(pair).collect(),
                    csrf,
                    body: response.body.into_owned(),
                });
            }
            match self.stream.read(&mut scratch)? {
                0 => return Err(LoadError::Closed),
                read => received.extend_from_slice(&scratch[..read]),
            }
        }
    }
}

fn accepted(method: &'static str, path: &str, answer: &Answer) -> Result<Value, LoadError> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status == 200 && body["statusCode"] == 0 {
        return Ok(body);
    }
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    Err(LoadError::Refused { method, path: path.to_owned(), status: answer.status, answer: text })
}
