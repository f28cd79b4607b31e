//! The style sheets, scripts and the mark: embedded in the binary, nothing fetched from elsewhere.

use axum::extract::{Path, RawQuery};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::refusal::Refusal;

#[derive(RustEmbed)]
#[folder = "src/web/assets"]
struct Files;

/// The address of an embedded file. It carries the content's hash, so a browser may keep the file for
/// ever and still gets the new one after an upgrade.
pub fn address(file: &str) -> String {
    match version(file) {
        Some(version) => format!("/static/{file}?{version}"),
        None => format!("/static/{file}"),
    }
}

/// The first 16 hexadecimal digits of the content's SHA-256.
fn version(file: &str) -> Option<String> {
    let hash = Files::get(file)?.metadata.sha256_hash();
    Some(hash[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// `GET /static/{file}`.
pub async fn serve(
    Path(file): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Refusal> {
    let found = Files::get(&file).ok_or(Refusal::NotFound)?;
    let kind = match file.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let keep = if asked.is_some() && asked == version(&file) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)];
    Ok((headers, found.data.into_owned()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_changes_with_its_content() {
        let address = address("tokens.css");
        assert!(address.starts_with("/static/tokens.css?"), "{address}");
        assert_eq!(address.len(), "/static/tokens.css?".len() + 16);
        assert_eq!(super::address("no-such.css"), "/static/no-such.css");
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for file in Files::iter() {
            let data = Files::get(&file).unwrap().data;
            let text = String::from_utf8(data.into_owned()).unwrap();
            let outside = text.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !outside.contains("//cdn") && !outside.contains("http"),
                "{file}"
            );
            assert!(
                !outside.contains("@import") && !outside.contains("eval("),
                "{file}"
            );
        }
    }
}
