use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::Request;
use http::request::Parts;
use tower::ServiceExt;

use super::{CONTENT_POLICY, HostPolicy, check_origin, guard};

fn parts(method: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri("/fapi/v1/order");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn status<T>(result: Result<T, crate::edge::error::ApiError>) -> u16 {
    result.map_or_else(|error| error.status.as_u16(), |_| 200)
}

fn policy(bound: &str) -> HostPolicy {
    HostPolicy::new(bound.parse().unwrap(), &["Ringfence.example".to_owned()])
}

#[test]
fn only_names_of_this_server_are_answered() {
    let rows = [
        ("127.0.0.1:8080", "localhost", 200),
        ("127.0.0.1:8080", "localhost:8080", 200),
        ("127.0.0.1:8080", "LOCALHOST:9", 200),
        ("127.0.0.1:8080", "127.0.0.1:8080", 200),
        ("127.0.0.1:8080", "[::1]:8080", 200),
        ("127.0.0.1:8080", "ringfence.example", 200),
        ("127.0.0.1:8080", "evil.example:8080", 403),
        ("127.0.0.1:8080", "localhost.evil.example", 403),
        ("127.0.0.1:8080", "127.0.0.1.evil.example", 403),
        ("127.0.0.1:8080", "192.0.2.1", 403),
        ("127.0.0.1:8080", "evil@localhost", 400),
        ("127.0.0.1:8080", "local host", 400),
        ("127.0.0.1:8080", "", 400),
        ("192.0.2.1:8080", "192.0.2.1:8080", 200),
        ("192.0.2.1:8080", "192.0.2.2:8080", 403),
        ("0.0.0.0:8080", "192.0.2.2:8080", 200),
        ("[::]:8080", "[2001:db8::1]:8080", 200),
        ("0.0.0.0:8080", "evil.example", 403),
    ];
    for (bound, host, expected) in rows {
        assert_eq!(status(policy(bound).check(&parts("GET", &[("host", host)]))), expected, "{bound} {host}");
    }
    let twice = parts("GET", &[("host", "localhost"), ("host", "evil.example")]);
    assert_eq!(status(policy("127.0.0.1:80").check(&twice)), 400);
    assert_eq!(status(policy("127.0.0.1:80").check(&parts("GET", &[]))), 400);
    let absolute = Request::builder().uri("http://evil.example/x").header("host", "localhost").body(()).unwrap();
    assert_eq!(status(policy("127.0.0.1:80").check(&absolute.into_parts().0)), 400);
}

#[test]
fn only_the_servers_own_page_may_ask() {
    let rows = [
        ("POST", "localhost:8080", None, None, 200),
        ("POST", "localhost:8080", Some("http://localhost:8080"), Some("same-origin"), 200),
        ("POST", "localhost:8080", Some("https://localhost:8080"), None, 200),
        ("POST", "localhost", Some("http://localhost:80"), None, 200),
        ("POST", "localhost", Some("https://localhost"), None, 200),
        ("POST", "localhost:8080", Some("http://LOCALHOST:8080"), None, 200),
        ("POST", "localhost:8080", Some("http://localhost:3000"), None, 403),
        ("POST", "localhost:8080", Some("http://127.0.0.1:8080"), None, 403),
        ("POST", "localhost:8080", Some("http://evil.example"), None, 403),
        ("GET", "localhost:8080", Some("http://evil.example"), None, 403),
        ("POST", "localhost:8080", Some("null"), None, 403),
        ("POST", "localhost:8080", Some("file://localhost:8080"), None, 403),
        ("POST", "localhost:8080", Some("http://evil@localhost:8080"), None, 403),
        ("POST", "localhost:8080", None, Some("cross-site"), 403),
        ("DELETE", "localhost:8080", None, Some("same-site"), 403),
        ("GET", "localhost:8080", None, Some("cross-site"), 200),
        ("POST", "localhost:8080", None, Some("none"), 200),
    ];
    for (method, host, origin, site, expected) in rows {
        let mut headers = vec![("host", host)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        headers.extend(site.map(|site| ("sec-fetch-site", site)));
        assert_eq!(status(check_origin(&parts(method, &headers))), expected, "{method} {host} {origin:?} {site:?}");
    }
}

#[tokio::test]
async fn the_layer_refuses_before_the_handler_and_marks_every_answer() {
    let policy = Arc::new(policy("127.0.0.1:8080"));
    let router = Router::new()
        .route("/order", post(|| async { "done" }))
        .route("/page", post(|| async { ([("cache-control", "public")], "page") }))
        .layer(axum::middleware::from_fn_with_state(policy, guard));
    for (path, host, origin, expected, cache) in [
        ("/order", "localhost", "http://localhost", 200, "no-store"),
        ("/page", "localhost", "http://localhost", 200, "public"),
        ("/none", "localhost", "http://localhost", 404, "no-store"),
        ("/order", "localhost", "http://evil.example", 403, "no-store"),
        ("/order", "evil.example", "http://evil.example", 403, "no-store"),
    ] {
        let request = Request::post(path).header("host", host).header("origin", origin).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), expected, "{path} {host} {origin}");
        assert_eq!(response.headers()["content-security-policy"], CONTENT_POLICY);
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["referrer-policy"], "no-referrer");
        assert_eq!(response.headers()["cache-control"], cache);
        assert!(!response.headers().keys().any(|name| name.as_str().starts_with("access-control")));
    }
}
