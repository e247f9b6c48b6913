//! `stub`: the control-plane stub, over its control interface.

use harness_model::event::Exchange;
use harness_model::replay::action::{Fault, FaultAction, FaultMatch, Stub, StubAct, StubRequests};
use harness_model::replay::{Facet, Step};
use harness_model::template::{Template, TemplateValue, as_text};
use http::Method;
use serde_json::{Map, Value, json};

use super::segment;
use crate::engine::control::Control;
use crate::engine::observed::Observed;
use crate::engine::record::millis;
use crate::engine::scope::Scope;
use crate::engine::session::SetFault;
use crate::engine::trouble::Trouble;

/// What plays the stub in a topology.
const ROLE: &str = "stub";

pub(super) async fn run(stub: &Stub, step: &Step, scope: &mut Scope<'_>) -> Result<Observed, Trouble> {
    let on = scope.maybe_text(stub.on.as_ref()).await?;
    let control = Control::named_or(scope.session.world, on.as_deref(), ROLE)?;
    let answered = match &stub.act {
        StubAct::State(name) => {
            let state = control.get("/__stub/state").await?;
            scope.set(name, state.clone());
            state
        }
        StubAct::Requests(wanted) => control.get(&requests(wanted, scope).await?).await?,
        StubAct::Fault(fault) => {
            let id = add_fault(&control, fault, scope).await?;
            scope.session.fault_set(SetFault { id: id.clone(), step: step.label() });
            json!({ "id": id })
        }
        StubAct::ClearFaults(which) => {
            let which = scope.text(which).await?;
            let path = match which.as_str() {
                "all" => "/__stub/faults".to_owned(),
                id => format!("/__stub/faults/{}", segment(id)),
            };
            control.call(Method::DELETE, &path, None).await?
        }
        StubAct::Members(table) => {
            control.call(Method::PUT, "/__stub/members", Some(&scope.value(table).await?)).await?
        }
        StubAct::Config(orgs) => put_each(&control, "/__stub/config", orgs, scope).await?,
        StubAct::Instances(states) => put_each(&control, "/__stub/instances", states, scope).await?,
        StubAct::Reset(_) => control.call(Method::POST, "/__stub/reset", None).await?,
    };
    let exchange = Exchange::Call {
        who: control.name().to_owned(),
        asked: Value::from(stub.act.key()),
        answered: scope.session.secrets.mask_json(&answered),
    };
    let observed = Observed::nothing().seen_as(exchange).with(Facet::Status, 200);
    Ok(observed.with(Facet::Json, answered.clone()).with(Facet::Value, answered))
}

/// Adds a fault and gives its id.
pub(in crate::engine) async fn add_fault(
    control: &Control<'_>,
    fault: &Fault,
    scope: &Scope<'_>,
) -> Result<String, Trouble> {
    let order = match fault {
        Fault::Preset(name) => json!({ "preset": scope.text(name).await? }),
        Fault::Described(body) => {
            let mut order = Map::new();
            if let Some(matching) = &body.matching {
                order.insert("match".into(), self::matching(matching, scope).await?);
            }
            match &body.action {
                FaultAction::Preset(name) => order.insert("preset".into(), scope.text(name).await?.into()),
                other => order.insert("action".into(), action(other, scope).await?),
            };
            order.into()
        }
    };
    let added = control.call(Method::POST, "/__stub/faults", Some(&order)).await?;
    let id = added["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| Trouble::new("the stub gave the fault no id"))
}

async fn matching(spec: &FaultMatch, scope: &Scope<'_>) -> Result<Value, Trouble> {
    let mut matching = Map::new();
    let texts: [(&str, Option<&Template>); 4] = [
        ("method", spec.method.as_ref()),
        ("path", spec.path.as_ref()),
        ("org_id", spec.org_id.as_ref()),
        ("workspace_id", spec.workspace_id.as_ref()),
    ];
    for (key, template) in texts {
        if let Some(text) = scope.maybe_text(template).await? {
            matching.insert(key.into(), text.into());
        }
    }
    for (key, number) in [("nth", &spec.nth), ("count", &spec.times)] {
        if let Some(number) = scope.maybe(number.as_ref()).await? {
            matching.insert(key.into(), number.into());
        }
    }
    Ok(matching.into())
}

async fn action(action: &FaultAction, scope: &Scope<'_>) -> Result<Value, Trouble> {
    Ok(match action {
        FaultAction::Preset(name) => json!({ "preset": scope.text(name).await? }),
        FaultAction::Status(status) => {
            let mut order = json!({ "status": scope.typed(&status.code).await? });
            if let Some(body) = &status.body {
                order["body"] = scope.value(body).await?;
            }
            for (name, value) in status.headers.iter() {
                order["headers"][name] = scope.text(value).await?.into();
            }
            order
        }
        FaultAction::Delay(delay) => json!({ "delay_ms": millis(scope.typed(delay).await?.get()) }),
        FaultAction::Close(after) => match scope.typed(after).await?.0 {
            0 => json!({ "close": "before" }),
            bytes => json!({ "close": { "after_bytes": bytes } }),
        },
        FaultAction::InstanceId(id) => json!({ "instance_id": scope.text(id).await? }),
        FaultAction::AgentMode(mode) => json!({ "launch": launch(&scope.text(mode).await?)? }),
        FaultAction::Hang(_)
        | FaultAction::MalformedJson(_)
        | FaultAction::Oversize(_)
        | FaultAction::WrongContentType(_)
        | FaultAction::SlowBody(_)
        | FaultAction::CredentialsNotPersisted(_) => json!({ (action.key()): true }),
    })
}

/// How an agent is launched: a bare word, or `late 500ms`.
fn launch(mode: &str) -> Result<Value, Trouble> {
    match mode.split_once(' ') {
        None if mode == "late" => Ok(json!({ "late": 1000 })),
        None => Ok(mode.into()),
        Some(("late", delay)) => {
            let delay = harness_model::units::Time::parse(delay.trim());
            let delay =
                delay.ok_or_else(|| Trouble::new(format!("`{mode}`: no length of time after `late`")))?;
            Ok(json!({ "late": delay.as_millis() }))
        }
        Some(_) => Err(Trouble::new(format!("`{mode}` is no way to launch an agent"))),
    }
}

async fn requests(wanted: &StubRequests, scope: &Scope<'_>) -> Result<String, Trouble> {
    let mut query = Vec::new();
    let texts: [(&str, Option<&Template>); 4] = [
        ("path", wanted.path.as_ref()),
        ("method", wanted.method.as_ref()),
        ("org_id", wanted.org_id.as_ref()),
        ("workspace_id", wanted.workspace_id.as_ref()),
    ];
    for (key, template) in texts {
        if let Some(text) = scope.maybe_text(template).await? {
            query.push(format!("{key}={}", segment(&text)));
        }
    }
    if let Some(after) = &wanted.after {
        query.push(format!("after={}", segment(&as_text(&scope.value(after).await?))));
    }
    Ok(format!("/__stub/requests?{}", query.join("&")))
}

/// One call per entry; a bare word is a state.
async fn put_each(
    control: &Control<'_>,
    path: &str,
    table: &TemplateValue,
    scope: &Scope<'_>,
) -> Result<Value, Trouble> {
    let Value::Object(entries) = scope.value(table).await? else {
        return Err(Trouble::new("a mapping is wanted: what to change, by id"));
    };
    let mut answers = Map::new();
    for (id, value) in entries {
        let body = if value.is_string() { json!({ "state": value }) } else { value };
        let answer = control.call(Method::PUT, &format!("{path}/{}", segment(&id)), Some(&body)).await?;
        answers.insert(id, answer);
    }
    Ok(answers.into())
}
