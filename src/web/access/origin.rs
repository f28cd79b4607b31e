//! Requests that change something must come from a page of this hub (OWASP Cross-Site Request Forgery
//! Prevention Cheat Sheet, 2025, "Fetch Metadata headers"; beside SameSite cookies).

use axum::http::{HeaderMap, Method, Uri, header};

/// Whether the request may be acted upon. Safe methods always may: they change nothing.
///
/// A browser that says where the request comes from (`Sec-Fetch-Site`) is believed: only the same
/// origin, or the person herself (`none`: typed, reloaded), may act. One that does not (no HTTPS)
/// must send an `Origin` that names the host that was asked. Neither header: refused.
pub fn may_act(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|o| o.to_str().ok());
    let (Some(host), Some(origin)) = (host, origin) else {
        return false;
    };
    let Ok(origin) = origin.parse::<Uri>() else {
        return false;
    };
    matches!(origin.scheme_str(), Some("http" | "https"))
        && origin
            .authority()
            .is_some_and(|a| a.as_str().eq_ignore_ascii_case(host))
}

/// A path of this hub that a request asks to be sent to afterwards; `None` for anything a browser
/// could read as another host.
pub fn local_path(path: &str) -> Option<&str> {
    let mut bytes = path.bytes();
    let rooted = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    (rooted && path.bytes().all(|b| b.is_ascii_graphic())).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/", true)]
    #[case("/persons/3?days=90", true)]
    #[case("", false)]
    #[case("persons", false)]
    #[case("//evil", false)]
    #[case("/\\evil", false)]
    #[case("/\t/evil", false)]
    #[case("/a b", false)]
    #[case("https://evil", false)]
    fn only_paths_of_this_hub(#[case] path: &str, #[case] local: bool) {
        assert_eq!(local_path(path).is_some(), local);
    }

    #[rstest]
    #[case(Method::GET, &[], true)]
    #[case(Method::HEAD, &[("sec-fetch-site", "cross-site")], true)]
    #[case(Method::POST, &[], false)]
    #[case(Method::POST, &[("sec-fetch-site", "same-origin")], true)]
    #[case(Method::POST, &[("sec-fetch-site", "none")], true)]
    #[case(Method::POST, &[("sec-fetch-site", "same-site")], false)]
    #[case(Method::POST, &[("sec-fetch-site", "cross-site"), ("origin", "http://hub:8080"), ("host", "hub:8080")], false)]
    #[case(Method::POST, &[("origin", "http://hub:8080"), ("host", "hub:8080")], true)]
    #[case(Method::POST, &[("origin", "https://HUB"), ("host", "hub")], true)]
    #[case(Method::POST, &[("origin", "http://hub:8081"), ("host", "hub:8080")], false)]
    #[case(Method::POST, &[("origin", "http://evil"), ("host", "hub")], false)]
    #[case(Method::POST, &[("origin", "http://hub.evil"), ("host", "hub")], false)]
    #[case(Method::POST, &[("origin", "null"), ("host", "null")], false)]
    #[case(Method::POST, &[("origin", "http://hub")], false)]
    #[case(Method::POST, &[("host", "hub")], false)]
    #[case(Method::POST, &[("host", "hub"), ("referer", "http://hub/x")], false)]
    #[case(Method::DELETE, &[("origin", "http://evil"), ("host", "hub")], false)]
    #[case(Method::PUT, &[("origin", "file://hub"), ("host", "hub")], false)]
    fn verdict(
        #[case] method: Method,
        #[case] given: &[(&'static str, &'static str)],
        #[case] may: bool,
    ) {
        let headers = given
            .iter()
            .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()))
            .collect();
        assert_eq!(may_act(&method, &headers), may);
    }
}
