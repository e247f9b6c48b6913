//! One table of address ranges for every profile and mode.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use ipnet::IpNet;

use super::Profile;

/// The category of a blocked address, as the caller may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// `169.254.0.0/16`, `fe80::/10`: cloud metadata lives here.
    LinkLocal,
    /// `0.0.0.0`, `::`.
    Unspecified,
    /// `224.0.0.0/4`, `ff00::/8`.
    Multicast,
    /// TEST-NET ranges and `2001:db8::/32`.
    Documentation,
    /// `100.64.0.0/10`.
    CarrierNat,
    /// `fc00::/8`.
    UniqueLocal,
    /// RFC 1918 and `fd00::/8`.
    Private,
    /// `127.0.0.0/8`, `::1`.
    Loopback,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LinkLocal => "link-local",
            Self::Unspecified => "unspecified",
            Self::Multicast => "multicast",
            Self::Documentation => "documentation",
            Self::CarrierNat => "carrier-grade NAT",
            Self::UniqueLocal => "unique-local",
            Self::Private => "private",
            Self::Loopback => "loopback",
        })
    }
}

/// Ranges by label. Disjoint, so the order does not matter.
const RANGES: [(Label, &[&str]); 8] = [
    (Label::LinkLocal, &["169.254.0.0/16", "fe80::/10"]),
    (Label::Unspecified, &["0.0.0.0/32", "::/128"]),
    (Label::Multicast, &["224.0.0.0/4", "ff00::/8"]),
    (Label::Documentation, &["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]),
    (Label::CarrierNat, &["100.64.0.0/10"]),
    (Label::UniqueLocal, &["fc00::/8"]),
    (Label::Private, &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"]),
    (Label::Loopback, &["127.0.0.0/8", "::1/128"]),
];

/// Decides on one address.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    pub(super) saas: bool,
    pub(super) dev: bool,
    pub(super) allowed: Vec<IpNet>,
}

impl Judge {
    /// The label under which `address` is blocked, if it is.
    pub(super) fn blocked(&self, profile: Profile, address: IpAddr) -> Option<Label> {
        let address = embedded_v4(address);
        let label = label_of(address)?;
        let relaxed = match label {
            Label::Private => self.saas || self.dev,
            Label::Loopback => self.dev && profile == Profile::Forward,
            _ => false,
        };
        let allowed = || self.allowed.iter().any(|net| net.contains(&address));
        (!relaxed && !allowed()).then_some(label)
    }
}

fn label_of(address: IpAddr) -> Option<Label> {
    let within = |range: &&str| net(range).contains(&address);
    RANGES.iter().find(|(_, ranges)| ranges.iter().any(within)).map(|(label, _)| *label)
}

/// An IPv6 form that carries an IPv4 address reaches that IPv4 host, so it is judged as one.
fn embedded_v4(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let nat64 = || (v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0]).then(|| low_v4(v6));
    v6.to_ipv4_mapped().map(IpAddr::V4).or_else(nat64).unwrap_or(address)
}

fn low_v4(address: Ipv6Addr) -> IpAddr {
    let [.., a, b, c, d] = address.octets();
    IpAddr::from([a, b, c, d])
}

fn net(text: &str) -> IpNet {
    text.parse().expect("the table holds valid ranges")
}

/// Reads `AGENT_ALLOWED_CIDRS`: loopback and private ranges only, never metadata or the world.
///
/// # Errors
/// The first entry that is not a range or lies outside what may be allowed.
pub fn parse_allowed(text: &str) -> Result<Vec<IpNet>, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let range = entry.parse().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
            let range: IpNet = range.map_err(|_| format!("{entry:?} is not an address range"))?;
            may_be_allowed(range)
                .then_some(range)
                .ok_or_else(|| format!("{entry:?} is neither loopback nor a private range"))
        })
        .collect()
}

fn may_be_allowed(range: IpNet) -> bool {
    let open = RANGES.iter().filter(|(label, _)| matches!(label, Label::Private | Label::Loopback));
    open.flat_map(|(_, ranges)| ranges.iter()).any(|outer| net(outer).contains(&range))
}
