//! Settings of the local Docker back end; read on every deployment, used only without a control plane.

use secrecy::SecretString;

use super::{
    knobs::{self, Knob},
    reader::Reader,
};

/// How the local engine is reached and what its containers look like.
#[derive(Clone, Debug)]
pub struct Docker {
    /// `unix://` or `tcp://` address of the engine.
    pub host: String,
    /// The network all workspaces join.
    pub network: String,
    /// Tells this server's containers from those of another server on the same engine.
    pub scope: Option<String>,
    /// Image of a runtime, before its name is filled in.
    pub image: String,
    /// Pins are not looked at.
    pub local_override: bool,
    /// `os/arch` of images; the engine's own when `None`.
    pub platform: Option<String>,
    /// Who pulls from the registry.
    pub registry: Option<RegistryLogin>,
    /// The memory service, for agents.
    pub awareness_url: Option<String>,
    /// Host directory of workspaces that name none.
    pub workspace_dir: Option<String>,
    /// Ceilings of tier 2, 3 and 4.
    pub ceilings: [Ceiling; 3],
}

/// Credentials of the image registry; both halves are there and not blank.
#[derive(Clone, Debug)]
pub struct RegistryLogin {
    /// Account.
    pub user: String,
    /// Its token.
    pub token: SecretString,
}

/// What a container may use at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// Memory in MiB.
    pub memory_mib: u32,
    /// 1024 are one processor.
    pub cpu_shares: u32,
}

impl Docker {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let with_default = |reader: &mut Reader<'_>, knob| reader.text(knob).unwrap_or_default();
        let ceiling = |reader: &mut Reader<'_>, memory, cpu| Ceiling {
            memory_mib: reader.positive(memory),
            cpu_shares: reader.positive(cpu),
        };
        Self {
            host: with_default(reader, &knobs::DOCKER_HOST),
            network: with_default(reader, &knobs::DOCKER_NETWORK),
            scope: reader.text(&knobs::DOCKER_SCOPE),
            image: with_default(reader, &knobs::WORKSPACE_IMAGE),
            local_override: reader.exactly(&knobs::WORKSPACE_IMAGE_LOCAL_OVERRIDE, "1"),
            platform: platform(reader, &knobs::MOLECULE_IMAGE_PLATFORM),
            registry: registry_login(reader),
            awareness_url: reader.text(&knobs::AWARENESS_URL),
            workspace_dir: reader.text(&knobs::WORKSPACE_DIR),
            ceilings: [
                ceiling(reader, &knobs::TIER2_MEMORY_MB, &knobs::TIER2_CPU_SHARES),
                ceiling(reader, &knobs::TIER3_MEMORY_MB, &knobs::TIER3_CPU_SHARES),
                ceiling(reader, &knobs::TIER4_MEMORY_MB, &knobs::TIER4_CPU_SHARES),
            ],
        }
    }
}

/// A knob that is there decides, even when it is empty or no `os/arch`: then the engine chooses. Images
/// are built for amd64, so that a Mac with an ARM processor needs to be told.
fn platform(reader: &mut Reader<'_>, knob: &Knob) -> Option<String> {
    let built_in = cfg!(all(target_os = "macos", target_arch = "aarch64")).then(|| "linux/amd64".to_owned());
    if !reader.is_present(knob) {
        return built_in;
    }
    reader.text(knob).filter(|text| is_platform(text))
}

fn is_platform(text: &str) -> bool {
    text.split_once('/').is_some_and(|(os, arch)| !os.is_empty() && !arch.is_empty() && !arch.contains('/'))
}

fn registry_login(reader: &mut Reader<'_>) -> Option<RegistryLogin> {
    use secrecy::ExposeSecret as _;
    let user = reader.text(&knobs::GHCR_USER)?;
    let token = reader.secret(&knobs::GHCR_TOKEN)?;
    let token = token.expose_secret().trim();
    (!token.is_empty()).then(|| RegistryLogin { user, token: SecretString::from(token) })
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Environment};

    fn docker<const N: usize>(env: [(&str, &str); N]) -> super::Docker {
        Config::read(&Environment::from(env)).expect("a valid environment").0.docker
    }

    #[test]
    fn a_platform_is_os_and_architecture_or_left_to_the_engine() {
        for (set, used) in [
            ("linux/amd64", Some("linux/amd64")),
            (" linux/arm64 ", Some("linux/arm64")),
            ("amd64", None),
            ("linux/", None),
            ("/amd64", None),
            ("linux/arm/v7", None),
        ] {
            let platform = docker([("MOLECULE_IMAGE_PLATFORM", set)]).platform;
            assert_eq!(platform.as_deref(), used, "{set:?}");
        }
    }

    #[test]
    fn a_ceiling_that_is_no_positive_number_falls_back() {
        for (set, used) in [("4096", 4096), ("0", 512), ("-1", 512), ("much", 512)] {
            let ceilings = docker([("TIER2_MEMORY_MB", set)]).ceilings;
            assert_eq!(ceilings[0].memory_mib, used, "{set:?}");
        }
        let shares: Vec<_> = docker([]).ceilings.iter().map(|ceiling| ceiling.cpu_shares).collect();
        assert_eq!(shares, [1024, 2048, 4096]);
    }

    #[test]
    fn half_a_registry_login_is_none() {
        assert!(docker([("GHCR_USER", "me")]).registry.is_none());
        assert!(docker([("GHCR_USER", "me"), ("GHCR_TOKEN", "  ")]).registry.is_none());
        let login = docker([("GHCR_USER", " me "), ("GHCR_TOKEN", " hush ")]).registry.expect("both are set");
        assert_eq!(login.user, "me");
        assert!(!format!("{login:?}").contains("hush"));
    }
}
