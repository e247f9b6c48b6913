//! Size classes: what a container may do and how much it may use.

use std::collections::HashMap;

use bollard::models::HostConfig;

use crate::config::Ceiling;

const MIB: i64 = 1024 * 1024;

/// What a container of a size class may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    /// Read-only, with nothing but its configuration.
    Sealed,
    /// A container like any other.
    Plain,
    /// Privileged, sees the processes of the host.
    Privileged,
    /// Privileged, on the host's network, with the engine's socket.
    Host,
}

impl Tier {
    /// The tier of a row; unknown numbers are plain.
    pub(super) fn of(number: i32) -> Self {
        match number {
            1 => Self::Sealed,
            3 => Self::Privileged,
            4 => Self::Host,
            _ => Self::Plain,
        }
    }

    /// Limits and privileges.
    pub(super) fn shape(self, network: &str, [plain, privileged, host]: [Ceiling; 3]) -> HostConfig {
        let joined = HostConfig { network_mode: Some(network.to_owned()), ..HostConfig::default() };
        match self {
            Self::Sealed => HostConfig {
                readonly_rootfs: Some(true),
                tmpfs: Some(HashMap::from([("/tmp".to_owned(), "rw,noexec,nosuid,size=64m".to_owned())])),
                ..joined
            },
            Self::Plain => limited(joined, plain),
            Self::Privileged => trusted(limited(joined, privileged)),
            Self::Host => {
                HostConfig { network_mode: Some("host".to_owned()), ..trusted(limited(joined, host)) }
            }
        }
    }
}

fn limited(shape: HostConfig, ceiling: Ceiling) -> HostConfig {
    HostConfig {
        memory: Some(i64::from(ceiling.memory_mib) * MIB),
        nano_cpus: Some(nano_cpus(ceiling.cpu_shares)),
        ..shape
    }
}

/// 1024 shares are exactly one processor, as a hard ceiling.
fn nano_cpus(shares: u32) -> i64 {
    i64::from(shares) * 1_000_000_000 / 1024
}

fn trusted(shape: HostConfig) -> HostConfig {
    HostConfig { privileged: Some(true), pid_mode: Some("host".to_owned()), ..shape }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn shape(number: i32) -> HostConfig {
        Tier::of(number).shape("the-net", Config::default().docker.ceilings)
    }

    #[test]
    fn a_higher_tier_may_do_and_use_more() {
        let sealed = shape(1);
        assert_eq!(sealed.readonly_rootfs, Some(true));
        assert_eq!(sealed.tmpfs.expect("a tmpfs")["/tmp"], "rw,noexec,nosuid,size=64m");
        assert_eq!((sealed.memory, sealed.nano_cpus), (None, None));
        for (number, memory_mib, cpus, privileged, network) in [
            (2, 512, 1, None, "the-net"),
            (0, 512, 1, None, "the-net"),
            (-7, 512, 1, None, "the-net"),
            (9, 512, 1, None, "the-net"),
            (3, 2048, 2, Some(true), "the-net"),
            (4, 4096, 4, Some(true), "host"),
        ] {
            let shape = shape(number);
            assert_eq!(shape.memory, Some(memory_mib * MIB), "tier {number}");
            assert_eq!(shape.nano_cpus, Some(cpus * 1_000_000_000), "tier {number}");
            assert_eq!(shape.privileged, privileged, "tier {number}");
            assert_eq!(shape.pid_mode.as_deref(), privileged.map(|_| "host"), "tier {number}");
            assert_eq!(shape.network_mode.as_deref(), Some(network), "tier {number}");
            assert_eq!(shape.readonly_rootfs, None, "tier {number}");
        }
    }
}
