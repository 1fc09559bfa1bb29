//! The contract as one page for people. It loads nothing but its style sheet, and runs nothing.

use super::asyncapi::notifications;
use super::extensions::EXTENSIONS;
use super::schemas::{operation_text, table_name};
use crate::operation::{Kind, Operation, Parameter};
use crate::operations::TABLES;
use crate::routes::{Body, Endpoint, Route, routes};
use crate::status::StatusCode;

/// The style sheet of [`readable_page`].
pub const PAGE_STYLE: &str = include_str!("page.css");

/// The page, in HTML. It links its style sheet at `style_path`, so that a strict content policy can hold.
#[must_use]
pub fn readable_page(style_path: &str) -> String {
    let mut page = Page(String::with_capacity(PAGE_BYTES));
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<title>Contact center API</title>\n<link rel=\"stylesheet\" href=\"");
    page.text(style_path);
    page.raw("\">\n</head>\n<body>\n");
    navigation(&mut page);
    page.raw("<main>\n<h1>Contact center API</h1>\n");
    page.raw(INTRODUCTION);
    paths(&mut page);
    operations(&mut page);
    news(&mut page);
    codes(&mut page);
    additions(&mut page);
    page.raw("</main>\n</body>\n</html>\n");
    page.0
}

fn navigation(page: &mut Page) {
    page.raw("<nav aria-label=\"Contents\">\n<ul>\n");
    for (title, _) in routes() {
        page.link(&format!("paths-{title}"), &format!("Paths: {title}"));
    }
    for (title, _) in TABLES {
        page.link(&format!("operations-{title}"), &format!("Operations: {}", spaced(title)));
    }
    page.link("notifications", "Notifications");
    page.link("codes", "Status codes");
    page.link("additions", "Additions");
    page.raw("</ul>\n</nav>\n");
}

fn paths(page: &mut Page) {
    for (title, table) in routes() {
        page.heading(2, &format!("paths-{title}"), &format!("Paths: {title}"));
        page.table(&["Path", "Method", "What it does", "For"]);
        for route in table {
            route.endpoints.iter().for_each(|endpoint| path_row(page, route, endpoint));
        }
        page.raw("</tbody></table></div>\n");
    }
}

fn path_row(page: &mut Page, route: &Route, endpoint: &Endpoint) {
    page.raw("<tr><td>");
    for (path, _) in route.canonical_paths().into_iter().filter(|(_, dialect)| endpoint.is_for(*dialect)) {
        page.code(&path);
        page.raw(" ");
    }
    page.raw("</td><td>");
    page.code(endpoint.method.as_str());
    page.raw("</td><td>");
    page.marked(endpoint.doc);
    if let Body::Operation(table, _) = endpoint.body {
        page.raw(" <a href=\"#operations-");
        page.text(table_name(table));
        page.raw("\">Operations</a>");
    }
    page.raw("</td><td>");
    for word in
        endpoint.roles.iter().map(|role| role.as_str()).chain(endpoint.features.iter().map(|f| f.as_str()))
    {
        page.code(word);
        page.raw(" ");
    }
    page.raw("</td></tr>\n");
}

fn operations(page: &mut Page) {
    for (title, table) in TABLES {
        page.heading(2, &format!("operations-{title}"), &format!("Operations: {}", spaced(title)));
        for operation in table {
            operation_section(page, title, operation);
        }
    }
}

fn operation_section(page: &mut Page, title: &str, operation: &Operation) {
    page.heading(3, &format!("{title}-{}", operation.name), operation.name);
    page.raw("<p>");
    page.marked(&operation_text(operation));
    page.raw("</p>\n");
    if operation.parameters.is_empty() {
        return;
    }
    page.table(&["Parameter", "Values", "Meaning"]);
    for parameter in operation.parameters {
        page.raw("<tr><td>");
        page.code(parameter.name);
        if parameter.required {
            page.raw(" <strong>required</strong>");
        }
        page.raw("</td><td>");
        page.marked(&values(parameter));
        page.raw("</td><td>");
        page.marked(parameter.doc);
        if !parameter.aliases.is_empty() {
            page.marked(&format!(" Also accepted as `{}`.", parameter.aliases.join("`, `")));
        }
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

fn values(parameter: &Parameter) -> String {
    let default = parameter.default.map(|word| format!("; default `{word}`")).unwrap_or_default();
    match parameter.kind {
        Kind::Text { max_bytes } => format!("text of at most {max_bytes} bytes"),
        Kind::Choice(words) => format!("`{}`{default}", words.join("`, `")),
        Kind::Flag => format!("`true`, `false`{default}"),
        Kind::Integer { min, max } => format!("integer, {min} to {max}"),
        Kind::TextList { .. } => "array of texts".to_owned(),
        Kind::ChoiceList(words) => format!("array of `{}`", words.join("`, `")),
        Kind::UserData => "object of strings, integers and nulls".to_owned(),
        Kind::CallData => "object of any JSON but decimal numbers".to_owned(),
        Kind::Keys { max } => format!("at most {max} keys of a telephone"),
        Kind::Target([only]) => format!("URI, path or ID of one of `{only}`"),
        Kind::Target(kinds) => {
            let names: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
            format!("URI or path of one of `{}`", names.join("`, `"))
        }
        Kind::Object(fields) => {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            format!("object with `{}`", names.join("`, `"))
        }
        Kind::Objects(fields) => {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            format!("array of objects with `{}`", names.join("`, `"))
        }
    }
}

fn news(page: &mut Page) {
    page.heading(2, "notifications", "Notifications");
    page.table(&["Channel", "messageType", "When", "Members"]);
    for told in notifications() {
        page.raw("<tr><td>");
        page.code(told.topic);
        page.raw("</td><td>");
        page.code(told.message_type);
        page.raw("</td><td>");
        page.marked(told.doc);
        page.raw("</td><td>");
        for name in told.payload["properties"].as_object().into_iter().flat_map(|members| members.keys()) {
            page.code(name);
            page.raw(" ");
        }
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

fn codes(page: &mut Page) {
    page.heading(2, "codes", "Status codes");
    page.table(&["statusCode", "HTTP", "Meaning"]);
    for code in StatusCode::ALL {
        let (number, http) = (code.number(), code.http());
        page.raw(&format!("<tr><td>{number}</td><td>{http}</td><td>"));
        page.text(code.meaning());
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

fn additions(page: &mut Page) {
    page.heading(2, "additions", "Additions to the original API");
    page.table(&["Where", "What", "Effect"]);
    for extension in EXTENSIONS {
        page.raw("<tr><td>");
        page.marked(extension.place);
        page.raw("</td><td>");
        page.marked(extension.name);
        page.raw("</td><td>");
        page.marked(extension.doc);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

/// `UserChannel` as `User channel`.
fn spaced(title: &str) -> String {
    let mut text = String::new();
    for (place, letter) in title.chars().enumerate() {
        if place > 0 && letter.is_ascii_uppercase() {
            text.push(' ');
            text.push(letter.to_ascii_lowercase());
        } else {
            text.push(letter);
        }
    }
    text
}

struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                _ => self.0.push(letter),
            }
        }
    }

    fn code(&mut self, text: &str) {
        self.raw("<code>");
        self.text(text);
        self.raw("</code>");
    }

    /// Text in which what stands between backticks is code.
    fn marked(&mut self, text: &str) {
        for (place, part) in text.split('`').enumerate() {
            if place % 2 == 0 { self.text(part) } else { self.code(part) }
        }
    }

    fn link(&mut self, id: &str, text: &str) {
        self.raw("<li><a href=\"#");
        self.text(id);
        self.raw("\">");
        self.text(text);
        self.raw("</a></li>\n");
    }

    fn heading(&mut self, level: u8, id: &str, text: &str) {
        self.raw(&format!("<h{level} id=\""));
        self.text(id);
        self.raw("\">");
        self.text(text);
        self.raw(&format!("</h{level}>\n"));
    }

    fn table(&mut self, columns: &[&str]) {
        self.raw("<div class=\"wide\" tabindex=\"0\"><table><thead><tr>");
        for column in columns {
            self.raw("<th scope=\"col\">");
            self.text(column);
            self.raw("</th>");
        }
        self.raw("</tr></thead><tbody>\n");
    }
}

const INTRODUCTION: &str = "\
<p>Requests and answers are JSON below <code>/api/v2</code>. Every answer has a numeric <code>statusCode</code>; \
0 means done. State changes are a POST with an <code>operationName</code>; the new state comes as a notification. \
An explicit <code>null</code> counts as absent, and unknown members are ignored.</p>\n";

const PAGE_BYTES: usize = 65_536;
