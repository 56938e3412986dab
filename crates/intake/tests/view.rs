//! What was read, as text and lists that tests compare: nothing in it depends on the order of the inputs.

use std::fmt::Write as _;

use serde_json::Value;
use twinrail_facts::Date;
use twinrail_intake::{Input, InputError, Loaded};
use twinrail_model::{EntityId, Known, Network, NicId, Place};

pub fn read(files: &[(&str, &str)]) -> Result<Loaded, Vec<InputError>> {
    let inputs = files.iter().map(|(path, text)| Input { path: (*path).to_owned(), text: (*text).to_owned() });
    twinrail_intake::read(inputs.collect(), today())
}

pub fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

pub fn loaded(files: &[(&str, &str)]) -> Loaded {
    read(files).unwrap_or_else(|errors| panic!("these inputs load: {}", messages(&errors, &[]).join("\n")))
}

/// Errors as lines: place, message, hint.
pub fn messages(errors: &[InputError], files: &[(&str, &str)]) -> Vec<String> {
    let line = |error: &InputError| {
        let text = files.iter().find(|(path, _)| *path == error.path).map(|(_, text)| *text);
        let at = error.at.as_ref().zip(text);
        let at = at.map_or(String::new(), |(at, text)| format!(":{}", text[..at.start].matches('\n').count() + 1));
        let hint = error.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
        format!("{}{at}: {}{hint}", error.path, error.message)
    };
    errors.iter().map(line).collect()
}

/// All entities, with whether the input describes them.
pub fn entities(network: &Network) -> Vec<(EntityId, Known)> {
    let mut found: Vec<(EntityId, Known)> = Vec::new();
    macro_rules! collect {
        ($($table:ident)*) => {
            $(found.extend(network.$table.iter().map(|(id, row)| (EntityId::from(id), row.known)));)*
        };
    }
    collect!(vpcs subnets instances addresses routes policy_routes routers gateways firewall_rules firewall_policies forwarding_rules
        backend_services health_checks instance_groups negs migs attachments);
    found.extend(network.nics.ids().map(|id| (EntityId::from(id), Known::Here)));
    found.extend(network.peerings.ids().map(|id| (EntityId::from(id), Known::Here)));
    found
}

/// Everything that reading gave, and where it stands.
pub fn everything(loaded: &Loaded) -> String {
    let network = &loaded.network;
    let mut text = format!("{network:#?}\n");
    let mut line = |what: &dyn std::fmt::Debug| writeln!(text, "{what:?}").expect("a string takes all");
    line(&loaded.observations);
    line(&loaded.unsupported);
    line(&loaded.malformed);
    line(&loaded.unread);
    line(&loaded.outside);
    line(&loaded.superseded);
    let spot = |spot: &twinrail_intake::Spot| (loaded.origins.path(spot.source).to_owned(), spot.bytes.clone());
    for conflict in &loaded.conflicts {
        line(&(&conflict.name, &conflict.field, &conflict.used, &conflict.dropped, conflict.spot.as_ref().map(spot)));
    }
    for (entity, _) in entities(network) {
        line(&(entity, loaded.origins.spot(Place::from(entity)).as_ref().map(spot)));
    }
    text
}

/// Every described entity's place is an object that is its resource or a part of it. Returns how many were looked at.
pub fn check_spots(loaded: &Loaded) -> usize {
    let mut count = 0;
    for (entity, known) in entities(&loaded.network) {
        let name = loaded.network.name(entity);
        let Some(spot) = loaded.origins.spot(entity.into()) else {
            assert_eq!(known, Known::Outside, "{name} is described, so it stands somewhere");
            continue;
        };
        assert_eq!(known, Known::Here, "{name} is only named");
        let text = &loaded.origins.text(spot.source)[spot.bytes.clone()];
        // Members of a group are all that a list of them shows.
        if text.starts_with('[') && matches!(entity, EntityId::InstanceGroup(_)) {
            continue;
        }
        let object: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error} in {text}"));
        assert!(object.is_object(), "{name} stands at {text}");
        if let Some(link) = object.get("selfLink").and_then(Value::as_str) {
            let path = link.split('?').next().unwrap_or(link);
            assert!(path.ends_with(name.as_str()), "{name} is not {link}");
        }
        match entity {
            EntityId::Nic(nic) => check_nic(loaded, nic, &object),
            EntityId::Instance(instance) if loaded.network.instances[instance].is_template => {}
            EntityId::FirewallPolicy(_) => assert!(object.get("rules").is_some(), "{name} has rules"),
            // Its service writes whole names.
            EntityId::PolicyRoute(_) => assert_eq!(object.get("name").and_then(Value::as_str), Some(name.as_str())),
            _ => assert_eq!(object.get("name").and_then(Value::as_str), Some(name.short()), "{name}"),
        }
        count += 1;
    }
    count
}

fn check_nic(loaded: &Loaded, id: NicId, object: &Value) {
    let nic = &loaded.network.nics[id];
    // A template's NICs have no names, and some recorded answers leave them out.
    if let Some(name) = object.get("name") {
        assert_eq!(name.as_str(), Some(nic.label().as_str()));
    }
    if let (Ok(Some(address)), Some(written)) =
        (nic.address.get(), object.get("networkIP").filter(|written| !written.to_string().contains('/')))
    {
        let spot = loaded.origins.spot(Place::field(id, "networkIP")).expect("a NIC that is described");
        assert_eq!(loaded.origins.text(spot.source)[spot.bytes], written.to_string());
        assert_eq!(Some(address.to_string().as_str()), written.as_str());
    }
}
