//! The golden pairs of the control plane, read with the types that the server's client uses.
//!
//! The stub is held to the same files over the wire, so the two cannot drift together.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use server_wire::control_plane::{
    AdminOrg, AdminOrgList, AdminToken, BootEvent, BootEventAck, ConfigRefused, Console, ConsoleRefused,
    CreateOrg, DeleteTenant, InstanceState, Me, Org, OrgInstance, ProvisionReply, ProvisionRequest,
    RedeployFleet, RedeployReport, StatusReply, StatusUnclear, TenantConfig, TenantMember, TermsStatus,
    decode_stop, failure_text,
};

struct Pair {
    request: String,
    status: u16,
    body: String,
}

fn pair(name: &str) -> Pair {
    let path = format!("{}/../../fixtures/golden/cp/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    let golden: Value = serde_json::from_str(&text).expect(&path);
    let string =
        |pointer: &str| golden.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let status = golden["response"]["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    Pair {
        request: string("/request/body"),
        status: status.expect("a status"),
        body: string("/response/body"),
    }
}

/// Reads a text as a type and writes it again: the same bytes, so no field is missing or added.
fn same<T: DeserializeOwned + Serialize>(text: &str) -> T {
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(serde_json::to_string(&read).expect("it can be written"), text);
    read
}

/// Ledger: HARN-022.
#[test]
fn provisioning_is_decoded_as_the_pairs_say() {
    let created = pair("provision_created");
    same::<ProvisionRequest>(&created.request);
    same::<ProvisionReply>(&created.body);
    let started = ProvisionReply::decode(created.status, created.body.as_bytes()).expect("a start");
    assert!(started.instance_id.starts_with("i-") && started.state == "running");
    for name in ["provision_cross_tenant", "provision_stale_secret"] {
        let refused = pair(name);
        let error = ProvisionReply::decode(refused.status, refused.body.as_bytes()).expect_err(name);
        assert!(
            error.to_string().ends_with("provision failed (401): <unstructured body, 0 bytes>"),
            "{error}"
        );
    }
}

/// Ledger: HARN-022.
#[test]
fn stops_and_states_are_decoded_as_the_pairs_say() {
    let stop = |name: &str| {
        let pair = pair(name);
        decode_stop("w", pair.status, pair.body.as_bytes())
    };
    assert_eq!(stop("deprovision"), Ok(()));
    let malformed = stop("deprovision_workspace_id_as_instance").expect_err("refused");
    assert!(malformed.excerpt.contains("InvalidInstanceID.Malformed"));
    assert_eq!(stop("deprovision_cross_tenant").expect_err("refused").status, 401);
    let state = |name: &str| {
        let pair = pair(name);
        StatusReply::decode(pair.status, pair.body.as_bytes())
    };
    assert_eq!(state("status_running"), Ok(InstanceState::Running));
    assert_eq!(state("status_terminated"), Ok(InstanceState::NotRunning));
    assert_eq!(state("status_unknown_instance"), Err(StatusUnclear::Status(404)));
    same::<StatusReply>(&pair("status_running").body);
}

/// Ledger: HARN-022.
#[test]
fn configuration_console_and_sessions_are_decoded_as_the_pairs_say() {
    let served = pair("tenants_config");
    let config = TenantConfig::decode(served.status, served.body.as_bytes()).expect("a map");
    assert!(config.0.contains_key("MOLECULE_CP_SHARED_SECRET") && config.0.contains_key("MOLECULE_CP_URL"));
    let foreign = pair("tenants_config_wrong_org");
    let refused = TenantConfig::decode(foreign.status, foreign.body.as_bytes());
    assert_eq!(refused, Err(ConfigRefused::Status(401)));
    let console = pair("console");
    assert!(Console::decode(console.status, console.body.as_bytes()).is_ok());
    let wrong_key = pair("console_shared_secret");
    assert_eq!(Console::decode(wrong_key.status, b""), Err(ConsoleRefused::Status(401)));
    for (name, confirmed) in
        [("tenant_member", true), ("tenant_member_other_tenant", false), ("tenant_member_anonymous", false)]
    {
        let member = pair(name);
        assert_eq!(TenantMember::confirms(member.status, member.body.as_bytes()), confirmed, "{name}");
    }
    same::<TenantMember>(&pair("tenant_member").body);
}

/// Ledger: HARN-022.
#[test]
fn every_other_shape_is_read_and_written_without_loss() {
    same::<Me>(&pair("auth_me").body);
    same::<TermsStatus>(&pair("terms_status").body);
    same::<TermsStatus>(&pair("accept_terms").body);
    same::<Org>(&pair("org_get").body);
    same::<OrgInstance>(&pair("org_instance").body);
    same::<BootEvent>(&pair("boot_event").request);
    same::<BootEventAck>(&pair("boot_event").body);
    same::<CreateOrg>(&pair("admin_create_org").request);
    same::<AdminOrg>(&pair("admin_create_org").body);
    same::<AdminOrgList>(&pair("admin_list_orgs").body);
    same::<AdminToken>(&pair("admin_token").body);
    same::<DeleteTenant>(&pair("admin_delete_tenant").request);
    same::<RedeployFleet>(&pair("redeploy_fleet").request);
    same::<RedeployReport>(&pair("redeploy_fleet").body);
}

#[test]
fn the_strict_answer_to_an_unknown_route_explains_itself_in_a_log() {
    let unknown = pair("unknown_route");
    assert_eq!(unknown.status, 501);
    let text = failure_text(unknown.body.as_bytes());
    assert_eq!(text, "cp-stub: not implemented: POST /cp/tenants/backup-report");
}
