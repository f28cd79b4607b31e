//! The pages and the HTTP door over TLS, with a certificate of the test's own authority and a client that checks it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::authority::Authority;
use crate::installation::{Installation, PASSWORD, free_address};

const NAME: &str = "hub.example";

struct Files {
    _folder: tempfile::TempDir,
    /// `certificate = "..."` and `key = "..."`.
    lines: String,
}

fn certificate(authority: &Authority) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = authority.signs(NAME);
    std::fs::write(folder.path().join("c.pem"), certificate).unwrap();
    std::fs::write(folder.path().join("k.pem"), key).unwrap();
    let at = folder.path().display();
    Files {
        lines: format!("certificate = \"{at}/c.pem\"\nkey = \"{at}/k.pem\"\n"),
        _folder: folder,
    }
}

/// One request in bytes, the whole answer as text.
async fn ask(authority: &Authority, to: SocketAddr, request: &str) -> String {
    let mut stream = authority.visits(to, NAME).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The server may end without a close_notify after "connection: close".
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\n{more}\r\n")
}

fn post(path: &str, kind: &str, body: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\ncontent-type: {kind}\r\n\
         content-length: {}\r\n{more}\r\n{body}",
        body.len()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_served_over_tls_with_bound_cookies() {
    let authority = Authority::new();
    let files = certificate(&authority);
    let it = Installation::with(1, &format!("[web.tls]\n{}", files.lines));
    let serving = it.serve();
    let page = ask(&authority, it.web, &get("/sign-in", "")).await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(
        page.contains("strict-transport-security: max-age=31536000"),
        "{page}"
    );

    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("login", "admin")
        .append_pair("password", PASSWORD);
    let form = form.finish();
    let kind = "application/x-www-form-urlencoded";
    let origin = format!("origin: https://{NAME}\r\n");
    let answer = ask(&authority, it.web, &post("/sign-in", kind, &form, &origin)).await;
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    assert!(
        cookie.starts_with("__Host-session=") && cookie.contains("Secure"),
        "{cookie}"
    );
    let session = format!("cookie: {}\r\n", cookie.split(';').next().unwrap());
    let inside = ask(&authority, it.web, &get("/persons", &session)).await;
    assert!(inside.contains("测试0"), "{inside}");

    // In the clear there is nothing, not even an error page with a header.
    let mut plain = TcpStream::connect(it.web).await.unwrap();
    plain
        .write_all(get("/sign-in", "").as_bytes())
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/"));
    // Who does not trust the authority does not get in, and the name must fit.
    assert!(Authority::new().visits(it.web, NAME).await.is_err());
    assert!(authority.visits(it.web, "other.example").await.is_err());
    assert!(serving.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_push_over_tls() {
    let authority = Authority::new();
    let files = certificate(&authority);
    let address = free_address();
    let token = "a-token-for-the-test";
    let it = Installation::with(
        1,
        &format!(
            "[ingest]\nlisten = \"{address}\"\n[[ingest.sources]]\nname = \"cloud\"\ntoken = \"{token}\"\n\
             [ingest.tls]\n{}",
            files.lines
        ),
    );
    let serving = it.serve();
    let bearer = format!("authorization: Bearer {token}\r\n");
    let body = r#"{"sys":131,"dia":82}"#;
    let sent = post("/ingest/cloud", "application/json", body, &bearer);
    let answer = ask(&authority, address, &sent).await;
    // Kept, and told that no profile is for this source.
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    // A connection that never says hello does not keep the others out, nor the hub from ending.
    let _silent = TcpStream::connect(address).await.unwrap();
    let answer = ask(&authority, address, &sent).await;
    // Kept, and told that no profile is for this source.
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    assert!(serving.stop().success());
    let conn = rusqlite::Connection::open(it.journal()).unwrap();
    let frames: i64 = conn
        .query_row(
            "SELECT count(*) FROM frame WHERE source = 'cloud'",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(frames, 2);
}

#[test]
fn without_tls_only_this_machine_is_served() {
    for (section, key) in [("[web]", "web.tls"), ("[ingest]", "ingest.tls")] {
        let it = Installation::new(0);
        let file = it.folder.path().join("hub.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let open = format!("{section}\nlisten = \"0.0.0.0:0\"\n");
        let text = match section {
            "[web]" => text.replace(&format!("[web]\nlisten = \"{}\"\n", it.web), &open),
            _ => format!("{text}{open}"),
        };
        std::fs::write(&file, text).unwrap();
        for act in ["serve", "check-config"] {
            let output = it.command(&[act]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{act} {section}");
            assert!(
                said.contains("in the clear") && said.contains(&format!("[{key}]")),
                "{act}: {said}"
            );
        }
    }
}
