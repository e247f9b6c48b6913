//! The environment table, read as an operator would write it.

use super::*;

fn read<const N: usize>(pairs: [(&str, &str); N]) -> Result<(Config, Warnings), ConfigErrors> {
    Config::read(&Environment::from(pairs))
}

#[test]
fn every_invalid_value_is_reported_together() {
    let error = read([
        ("PORT", "eighty"),
        ("CANVAS_PROXY_URL", "not a url"),
        ("CP_UPSTREAM_URL", "ftp://x"),
        ("CORS_ORIGINS", "http://a, example.com"),
        ("AGENT_ALLOWED_CIDRS", "169.254.0.0/16"),
        ("MOLECULE_ENV", "production"),
        ("MOLECULE_ORG_ID", "org"),
    ])
    .expect_err("seven problems");
    for name in ["PORT", "CANVAS_PROXY_URL", "CP_UPSTREAM_URL", "CORS_ORIGINS", "AGENT_ALLOWED_CIDRS"] {
        assert!(error.0.iter().any(|line| line.starts_with(name)), "{name} in {error}");
    }
    assert!(error.to_string().contains("SECRETS_ENCRYPTION_KEY"), "{error}");
    assert!(error.to_string().contains("MOLECULE_CP_URL or CP_PROVISION_URL"), "{error}");
    assert_eq!(error.0.len(), 7, "{error}");
}

/// Ledger: EDGE-47, PROV-03.
#[test]
fn the_provisioner_prefers_its_own_url_and_a_tenant_without_any_does_not_boot() {
    let tenant =
        [("MOLECULE_ORG_ID", "org"), ("CP_PROVISION_URL", "http://p/"), ("MOLECULE_CP_URL", "http://c")];
    let (config, _) = read(tenant).expect("valid");
    assert_eq!(config.control_plane.base(), Some("http://p"));
    let (config, _) = read([("MOLECULE_ORG_ID", "org"), ("MOLECULE_CP_URL", "http://c/")]).expect("valid");
    assert_eq!(config.control_plane.base(), Some("http://c"));
    let only_upstream =
        [("MOLECULE_ORG_ID", "org"), ("CP_UPSTREAM_URL", "http://u"), ("MOLECULE_CP_URL", "")];
    let error = read(only_upstream).expect_err("no control plane");
    assert!(error.to_string().contains("MOLECULE_CP_URL or CP_PROVISION_URL"), "{error}");
}

/// Ledger: EDGE-115.
#[test]
fn a_bad_tunable_falls_back_loudly() {
    let fallbacks = knobs::ALL.iter().filter(|knob| knob.invalid == knobs::Invalid::Warn);
    for knob in fallbacks {
        for bad in ["x", "-1", "0"] {
            let (config, warnings) = read([(knob.name, bad)]).expect("a fallback, not an error");
            let line = warnings.iter().find(|line| line.starts_with(knob.name));
            let line = line.unwrap_or_else(|| panic!("{}={bad} is silent", knob.name));
            assert!(line.contains(&format!("{bad:?}")), "{line}");
            assert!(line.contains(knob.default.unwrap_or_default()), "{line}");
            assert_eq!(config.rate_limit_per_minute, 600);
            assert_eq!(config.timing.provision_timeout, None);
        }
    }
}

/// Ledger: A2A-14.
#[test]
fn only_a_positive_integer_is_an_idle_window_and_the_line_says_what_is_wrong_with_another() {
    for (value, seconds) in [("", 300), ("1", 1), ("45", 45)] {
        let (config, warnings) = read([("A2A_IDLE_TIMEOUT_SECONDS", value)]).expect("valid");
        let about = warnings.iter().filter(|line| line.contains("A2A_IDLE_TIMEOUT_SECONDS")).count();
        assert_eq!((config.timing.a2a_idle.as_secs(), about), (seconds, 0), "{value:?}: {warnings:?}");
    }
    for (bad, is_number) in
        [("foo", false), ("1.5", false), ("300s", false), (" 300", false), ("0", true), ("-30", true)]
    {
        let (config, warnings) = read([("A2A_IDLE_TIMEOUT_SECONDS", bad)]).expect("a fallback");
        assert_eq!(config.timing.a2a_idle.as_secs(), 300, "{bad:?}");
        let about: Vec<_> =
            warnings.iter().filter(|line| line.contains("A2A_IDLE_TIMEOUT_SECONDS")).collect();
        let [line] = about.as_slice() else { panic!("{bad:?}: {warnings:?}") };
        assert!(
            line.starts_with(&format!("A2A_IDLE_TIMEOUT_SECONDS: invalid value {bad:?}, using 300")),
            "{line}"
        );
        assert_eq!(line.contains("must be > 0"), is_number, "{line}");
    }
}

/// Ledger: EDGE-43.
#[test]
fn dev_fail_open_needs_an_explicit_word_and_no_admin_token() {
    let words = [("dev", true), ("Development", true), (" dev ", true), ("staging", false), ("", false)];
    for (word, open) in words.into_iter().chain([("devel", false), ("local", false), ("test", false)]) {
        let (config, _) = read([("MOLECULE_ENV", word)]).expect("valid");
        assert_eq!(config.dev_fail_open(), open, "{word:?}");
        let (config, _) = read([("MOLECULE_ENV", word), ("ADMIN_TOKEN", "t")]).expect("valid");
        assert!(!config.dev_fail_open(), "{word:?} with a token");
    }
    let production =
        [("MOLECULE_ENV", "production"), ("SECRETS_ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef")];
    assert!(!read(production).expect("valid").0.dev_fail_open());
}

/// Ledger: EDGE-62.
#[test]
fn a_misspelt_deploy_mode_falls_closed() {
    for word in ["prod", "SaaS-mode", "production"] {
        let tenant =
            [("MOLECULE_DEPLOY_MODE", word), ("MOLECULE_ORG_ID", "org"), ("MOLECULE_CP_URL", "http://c")];
        let (config, warnings) = read(tenant).expect("valid");
        assert_eq!(config.deploy_mode, DeployMode::Strict, "{word}");
        assert_eq!(warnings.iter().filter(|line| line.starts_with("MOLECULE_DEPLOY_MODE")).count(), 1);
    }
    let tenant =
        [("MOLECULE_DEPLOY_MODE", "  "), ("MOLECULE_ORG_ID", "org"), ("MOLECULE_CP_URL", "http://c")];
    assert_eq!(read(tenant).expect("valid").0.deploy_mode, DeployMode::Saas);
    assert_eq!(read([("MOLECULE_DEPLOY_MODE", " SAAS ")]).expect("valid").0.deploy_mode, DeployMode::Saas);
    assert_eq!(Config::default().deploy_mode, DeployMode::Strict);
}

#[test]
fn secrets_never_reach_debug_or_errors() {
    let marker = "leak-marker-4711";
    let pairs = [
        ("ADMIN_TOKEN", marker),
        ("MOLECULE_CP_SHARED_SECRET", marker),
        ("DATABASE_URL", marker),
        ("SECRETS_ENCRYPTION_KEY", marker),
    ];
    let (config, warnings) = read(pairs).expect("valid outside production");
    assert!(!format!("{config:?}{warnings:?}{:?}", Environment::from(pairs)).contains(marker));
    let error = read([("MOLECULE_ENV", "prod"), ("SECRETS_ENCRYPTION_KEY", marker)]).expect_err("bad key");
    assert!(!format!("{error} {error:?}").contains(marker));
}

#[test]
fn the_table_names_each_knob_once_and_prints_no_secret_default() {
    let mut names: Vec<_> = knobs::ALL.iter().map(|knob| knob.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), knobs::ALL.len());
    assert!(knobs::ALL.iter().all(|knob| !knob.reason.is_empty()));
}
