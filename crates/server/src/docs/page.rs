//! The table of calls as a page without scripts.

use std::fmt::Write;

use super::openapi::parameters;
use super::{group, who};
use crate::api::endpoint::{Endpoint, Kind, Parameter, Presence};

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>ringfence · API reference</title>
<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">
<link rel=\"stylesheet\" href=\"/docs/style.css\">
</head>
<body>
<main>
<h1>API reference</h1>
<p>Calls under <code>/fapi</code> and <code>/dapi</code> are those of Binance futures. Calls under <code>/local</code> control this exchange; they
take the query, a form or one JSON object. The same as a machine reads it: <a href=\"/openapi.json\">openapi.json</a>.</p>
<h2>Errors</h2>
<p>Every error is a JSON object: <code>{\"code\": -2019, \"msg\": \"Margin is insufficient.\"}</code>. A status of 4xx means that nothing was executed.
A status of 5xx, or the code -1007, means that it is not known: ask by client order id. What was changed is durable when the answer comes; its
header <code>x-ringfence-index</code> names the record.</p>
<h2>Signatures</h2>
<p>The key goes in the header <code>X-MBX-APIKEY</code>. Signed calls carry <code>timestamp</code> and <code>signature</code>: HMAC-SHA256 over
query and body exactly as sent, without the signature, in hex. Of a test account <code>NAME</code> the key is <code>test-NAME</code> and the secret
<code>test-NAME-secret</code>.</p>
<p>A signed request that changes something takes effect once: the same one again is answered -1022 with the text <code>it was used already</code>. Two equal orders
within one millisecond have the same signature, so a program that sends them gives each its own <code>newClientOrderId</code>, or the second a later
<code>timestamp</code>.</p>
";

/// The whole page.
pub(super) fn page(endpoints: &[Endpoint]) -> String {
    let mut groups: Vec<&str> = Vec::new();
    for endpoint in endpoints {
        let name = group(endpoint.path);
        if !groups.contains(&name) {
            groups.push(name);
        }
    }
    let mut page = HEAD.to_owned();
    for name in groups {
        // Writing to a String cannot fail.
        let _ = writeln!(page, "<h2>{}</h2>", escaped(name));
        endpoints.iter().filter(|endpoint| group(endpoint.path) == name).for_each(|endpoint| call(&mut page, endpoint));
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn call(page: &mut String, endpoint: &Endpoint) {
    let method = endpoint.method.as_str();
    let _ = write!(
        page,
        "<details>\n<summary><span class=\"method {}\">{method}</span> <code>{}</code> <span class=\"what\">{}</span></summary>\n<p>For: {}.",
        method.to_ascii_lowercase(),
        escaped(endpoint.path),
        escaped(endpoint.summary),
        who(endpoint.security)
    );
    if let Some(name) = endpoint.ws_method {
        let _ = write!(page, " In the WebSocket API: <code>{}</code>.", escaped(name));
    }
    page.push_str("</p>\n");
    let all = parameters(endpoint);
    if !all.is_empty() {
        page.push_str("<table>\n<thead><tr><th scope=\"col\">parameter</th><th scope=\"col\">type</th><th scope=\"col\">meaning</th></tr></thead>\n<tbody>\n");
        all.iter().for_each(|parameter| row(page, parameter));
        page.push_str("</tbody>\n</table>\n");
    }
    page.push_str("</details>\n");
}

fn row(page: &mut String, parameter: &Parameter) {
    let kind = match parameter.kind {
        Kind::Text => "text".to_owned(),
        Kind::Integer => "whole number".to_owned(),
        Kind::Decimal => "decimal".to_owned(),
        Kind::Flag => "true or false".to_owned(),
        Kind::OneOf(words) => words.join(", "),
        Kind::List => "JSON array".to_owned(),
    };
    let needed = match parameter.presence {
        Presence::Required => " <strong>required</strong>",
        Presence::Optional => "",
    };
    let _ = writeln!(
        page,
        "<tr><td><code>{}</code>{needed}</td><td>{}</td><td>{}</td></tr>",
        escaped(parameter.name),
        escaped(&kind),
        escaped(parameter.help)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(escaped("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
    }
}
