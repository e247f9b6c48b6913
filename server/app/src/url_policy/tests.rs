//! The range table in every mode, and names that have several addresses.

use std::io;

use futures_util::future::BoxFuture;
use proptest::prelude::*;

use super::*;
use crate::config::Environment;

fn policy<const N: usize>(pairs: [(&str, &str); N]) -> UrlPolicy {
    UrlPolicy::new(&Config::read(&Environment::from(pairs)).expect("valid").0)
}

const STRICT: [(&str, &str); 0] = [];
const SAAS: [(&str, &str); 1] = [("MOLECULE_DEPLOY_MODE", "saas")];
const DEV: [(&str, &str); 1] = [("MOLECULE_ENV", "dev")];

/// Blocked in every mode.
const ALWAYS: [&str; 17] = [
    "169.254.169.254",
    "[fe80::1]",
    "0.0.0.0",
    "[::]",
    "224.0.0.1",
    "[ff02::1]",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "[2001:db8::1]",
    "100.64.0.1",
    "[fc00::1]",
    "[::ffff:169.254.169.254]",
    "2852039166",
    "0xa9fea9fe",
    "[64:ff9b::a9fe:a9fe]",
    "[::ffff:100.64.0.1]",
];
const PRIVATE: [&str; 6] =
    ["10.1.2.3", "172.18.0.2", "172.31.255.255", "192.168.1.1", "[fd00::5]", "[::ffff:10.0.0.1]"];
const LOOPBACK: [&str; 4] = ["127.0.0.1", "127.8.8.8", "[::1]", "[::ffff:127.0.0.1]"];
const PUBLIC: [&str; 5] = ["93.184.216.34", "172.32.0.1", "8.8.8.8", "[2606:4700::1]", "100.128.0.1"];

async fn expect(policy: &UrlPolicy, profile: Profile, hosts: &[&str], allowed: bool) {
    for host in hosts {
        let outcome = policy.check(profile, &format!("http://{host}:8000/x")).await;
        assert_eq!(outcome.is_ok(), allowed, "{host} {profile:?} {policy:?}: {outcome:?}");
    }
}

/// Ledger: EDGE-61.
#[tokio::test]
async fn strict_mode_blocks_every_private_range() {
    for profile in [Profile::Register, Profile::Forward] {
        let policy = policy(STRICT);
        for hosts in [&ALWAYS[..], &PRIVATE, &LOOPBACK] {
            expect(&policy, profile, hosts, false).await;
        }
        expect(&policy, profile, &PUBLIC, true).await;
    }
}

/// Ledger: EDGE-60.
#[tokio::test]
async fn saas_mode_allows_private_ranges_and_still_blocks_loopback_and_metadata() {
    for profile in [Profile::Register, Profile::Forward] {
        let policy = policy(SAAS);
        expect(&policy, profile, &ALWAYS, false).await;
        expect(&policy, profile, &LOOPBACK, false).await;
        expect(&policy, profile, &PRIVATE, true).await;
        expect(&policy, profile, &PUBLIC, true).await;
    }
}

/// Ledger: EDGE-59.
#[tokio::test]
async fn dev_mode_allows_private_ranges_and_loopback_but_not_metadata() {
    let policy = policy(DEV);
    for profile in [Profile::Register, Profile::Forward] {
        expect(&policy, profile, &ALWAYS, false).await;
        expect(&policy, profile, &PRIVATE, true).await;
    }
    expect(&policy, Profile::Forward, &LOOPBACK, true).await;
    expect(&policy, Profile::Register, &LOOPBACK, false).await;
    expect(&policy, Profile::Register, &["localhost"], true).await;
}

#[tokio::test]
async fn only_http_with_a_host_is_a_candidate() {
    for (url, refusal) in [
        ("ftp://8.8.8.8/", Blocked::Scheme),
        ("file:///etc/passwd", Blocked::Scheme),
        ("", Blocked::Scheme),
        ("8.8.8.8", Blocked::Scheme),
        ("http://", Blocked::Scheme),
    ] {
        assert_eq!(policy(STRICT).check(Profile::Forward, url).await, Err(refusal), "{url}");
    }
}

#[test]
fn the_operator_may_name_loopback_and_private_ranges_only() {
    for good in ["127.0.0.0/8", "127.0.0.1", "::1", " 10.1.0.0/16 , fd00::/8,", "172.16.0.0/12", ""] {
        assert!(parse_allowed(good).is_ok(), "{good}");
    }
    for bad in [
        "169.254.0.0/16",
        "0.0.0.0/0",
        "::/0",
        "junk",
        "10.0.0.0/7",
        "fc00::/7",
        "8.8.8.0/24",
        "100.64.0.0/10",
    ] {
        assert!(parse_allowed(bad).is_err(), "{bad}");
        assert!(parse_allowed(&format!("127.0.0.0/8,{bad}")).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn an_allowed_range_opens_itself_and_nothing_else() {
    let policy = policy([("AGENT_ALLOWED_CIDRS", "127.0.0.0/8")]);
    for profile in [Profile::Register, Profile::Forward] {
        expect(&policy, profile, &["127.0.0.1", "127.9.9.9"], true).await;
        expect(&policy, profile, &["[::1]", "10.0.0.1"], false).await;
        expect(&policy, profile, &ALWAYS, false).await;
    }
}

/// Answers every lookup with the same addresses.
struct Fixed(Vec<IpAddr>);

impl Resolve for Fixed {
    fn resolve(&self, _name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let addresses = self.0.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

struct Failing;

impl Resolve for Failing {
    fn resolve(&self, _name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Err(io::Error::other("resolver down")) })
    }
}

fn check_name(resolver: impl Resolve + 'static) -> Result<SafeUrl, Blocked> {
    let policy = UrlPolicy::with_resolver(&Config::default(), Arc::new(resolver));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(policy.check(Profile::Forward, "https://agent.example/"))
}

/// Ledger: EDGE-63.
#[test]
fn a_name_that_does_not_resolve_is_blocked() {
    assert_eq!(check_name(Failing), Err(Blocked::Unresolvable));
    assert_eq!(check_name(Fixed(Vec::new())), Err(Blocked::Unresolvable));
}

proptest! {
    /// Ledger: EDGE-63.
    #[test]
    fn one_blocked_address_blocks_the_name(
        public in prop::collection::vec(1u8..=9, 0..5),
        at in any::<prop::sample::Index>(),
        bad in prop::sample::select(vec!["169.254.169.254", "10.0.0.1", "127.0.0.1", "::1", "fd00::1"]),
    ) {
        let mut addresses: Vec<IpAddr> = public.iter().map(|last| IpAddr::from([93, 184, 216, *last])).collect();
        if !addresses.is_empty() {
            prop_assert!(check_name(Fixed(addresses.clone())).is_ok());
        }
        addresses.insert(at.index(addresses.len() + 1), bad.parse().expect("an address"));
        prop_assert!(matches!(check_name(Fixed(addresses)), Err(Blocked::Address(_))));
    }

    #[test]
    fn no_text_makes_the_policy_panic(text in ".*") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        let policy = UrlPolicy::with_resolver(&Config::default(), Arc::new(Failing));
        let _ = runtime.block_on(policy.check(Profile::Register, &text));
        let _ = parse_allowed(&text);
    }
}
