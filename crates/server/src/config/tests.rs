use std::time::Duration;

use super::*;

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(Settings::parse("").unwrap(), Settings::default());
    assert_eq!(Settings::default().validate(), Ok(()));
}

#[test]
fn every_key() {
    let settings = Settings::parse(
        r#"
        listen = ["0.0.0.0:443", "[::1]:7450"]
        public_url = "https://iam.example.org:8443/"
        allow_plaintext_beyond_loopback = true
        trusted_proxies = ["10.0.0.0/8", "::1"]
        forwarded_header = "forwarded"
        threads = 4

        [tls]
        certificate = "cert.pem"
        private_key = "key.pem"

        [limits]
        connections_max = 10
        connections_per_source_max = 5
        streams_per_connection_max = 3
        body_memory_bytes_max = 2000000
        body_bytes_per_second_min = 100
        handshake_timeout_seconds = 1
        head_timeout_seconds = 2
        body_timeout_seconds = 3
        idle_timeout_seconds = 4
        shutdown_timeout_seconds = 0

        [log]
        format = "json"
        level = "debug"

        [master_key]
        command = ["/usr/bin/pass", "keystead"]
        "#,
    )
    .unwrap();
    assert_eq!(settings.validate(), Ok(()));
    assert_eq!(
        settings.public_url.unwrap().as_str(),
        "https://iam.example.org:8443"
    );
    assert_eq!(
        settings.trusted_proxies,
        ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]
    );
    assert_eq!(settings.limits.idle_timeout, Duration::from_secs(4));
    assert_eq!(
        settings.log,
        LogSettings {
            format: LogFormat::Json,
            level: LogLevel::Debug
        }
    );
    assert_eq!(
        settings.master_key,
        Some(MasterKeyLocation::Command(vec![
            "/usr/bin/pass".into(),
            "keystead".into()
        ]))
    );
}

#[test]
fn what_is_wrong_is_named() {
    let rows = [
        (
            "lsten = []",
            "line 1: unknown field `lsten`",
            "did you mean `listen`?",
        ),
        (
            "\n\n[limits]\nconections_max = 1",
            "line 4: unknown field `conections_max`",
            "`connections_max`?",
        ),
        (
            "[tls]\ncertificate = 'a'\nprivat_key = 'b'",
            "line 3: unknown field",
            "did you mean `private_key`?",
        ),
        ("[tls]\ncertificate = 'a'", "missing field `private_key`", ""),
        (
            "[log]\nlevel = 'inf'",
            "line 2: unknown variant `inf`",
            "did you mean `info`?",
        ),
        (
            "[master_key]\nfiles = 'x'",
            "unknown variant `files`",
            "did you mean `file`?",
        ),
        ("listen = ['localhost']", "line 1: ", "socket address"),
        (
            "trusted_proxies = ['10.0.0.0/40']",
            "line 1: `10.0.0.0/40` is no address block",
            "",
        ),
        ("public_url = 'iam.example.org'", "is no public URL", ""),
        ("threads = 0", "line 1: ", "nonzero"),
        ("[limits]\nidle_timeout_seconds = -1", "line 2: ", ""),
        ("listen = ", "line 1: ", ""),
    ];
    for (text, start, hint) in rows {
        let error = Settings::parse(text).unwrap_err().to_string();
        assert!(error.contains(start) && error.contains(hint), "{text}\n→ {error}");
    }
    let far = Settings::parse("authentication = false").unwrap_err().to_string();
    assert!(!far.contains("did you mean"), "{far}");
}

#[test]
fn a_line_of_the_file_is_not_repeated() {
    let error = Settings::parse("[master_key]\nfile = hunter2hunter2")
        .unwrap_err()
        .to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn public_urls() {
    for text in ["https://a", "http://127.0.0.1:7450", "https://[::1]:7450/"] {
        assert!(text.parse::<PublicUrl>().is_ok(), "{text}");
    }
    for (text, origin) in [
        ("https://a:443/", "https://a"),
        ("http://a:80", "http://a"),
        ("https://a:80", "https://a:80"),
    ] {
        assert_eq!(
            text.parse::<PublicUrl>().unwrap().as_str(),
            origin,
            "browsers say it so"
        );
    }
    for text in [
        "",
        "a",
        "ftp://a",
        "https://",
        "https://a/b",
        "https://a?b",
        "https://u:p@a",
        "https://a b",
    ] {
        assert!(text.parse::<PublicUrl>().is_err(), "{text}");
    }
}

#[test]
fn combinations_that_are_refused() {
    let tls = "[tls]\ncertificate = 'a'\nprivate_key = 'b'";
    let rows = [
        ("listen = []".to_owned(), Some("`listen`")),
        (
            "listen = ['127.0.0.1:1', '[::1]:1', '[::ffff:127.0.0.1]:1']".to_owned(),
            None,
        ),
        (
            "listen = ['127.0.0.1:1', '0.0.0.0:1']".to_owned(),
            Some("allow_plaintext_beyond_loopback"),
        ),
        ("listen = ['[::]:1']".to_owned(), Some("[::]:1 without TLS")),
        (format!("listen = ['0.0.0.0:1']\n{tls}"), None),
        (
            "listen = ['0.0.0.0:1']\nallow_plaintext_beyond_loopback = true".to_owned(),
            None,
        ),
        (
            "[limits]\nconnections_max = 0".to_owned(),
            Some("`limits.connections_max`"),
        ),
        (
            "[limits]\nhead_timeout_seconds = 0".to_owned(),
            Some("`limits.head_timeout_seconds`"),
        ),
        (
            "[limits]\nbody_memory_bytes_max = 1000".to_owned(),
            Some("`limits.body_memory_bytes_max`"),
        ),
        (
            "[master_key]\ncommand = []".to_owned(),
            Some("`master_key.command`"),
        ),
    ];
    for (text, expected) in rows {
        let outcome = Settings::parse(&text).unwrap().validate();
        match expected {
            None => assert_eq!(outcome, Ok(()), "{text}"),
            Some(part) => assert!(outcome.unwrap_err().to_string().contains(part), "{text}"),
        }
    }
}

#[test]
fn the_documented_settings_are_the_defaults() {
    let page = include_str!("../../../../docs/settings.md");
    let example = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    assert_eq!(Settings::parse(example).unwrap(), Settings::default());
    // What is commented out is legal too.
    for section in [
        "public_url = ",
        "threads = ",
        "certificate = ",
        "private_key = ",
        "file = ",
        "environment = ",
        "command = ",
    ] {
        assert!(example.contains(&format!("# {section}")), "{section}");
    }
}
