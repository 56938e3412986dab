//! `twinrail calibrate`: a script of gcloud commands that times the operations movers wait for, in the user's own project, into a table that `--facts`
//! reads. It changes things, so it says which and asks; it is printed, never run. What it does stands in `calibrate.sh`; here are the names it is about.
//! Not here: what the table means (`twinrail-intake`).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use crate::call::Calibrate;
use crate::check::{day, write_file};
use crate::collect::wrong_project;
use crate::{Failure, Outcome, exit, files};

/// Everything after the assignments.
const BODY: &str = include_str!("calibrate.sh");

pub(crate) fn calibrate(call: &Calibrate) -> Outcome {
    let place = place(call)?;
    let script = script(call, &place)?;
    match &call.output {
        Some(path) => {
            write_file(path, |out| out.write_all(script.as_bytes()))?;
            anstream::println!("wrote {0}; read it, then `bash {0}` where gcloud is signed in", path.display());
        }
        None => std::io::stdout().lock().write_all(script.as_bytes())?,
    }
    Ok(exit::CLEAN)
}

/// Where is measured.
struct Place {
    project: String,
    zone: String,
}

/// The place that the call names; what it leaves open is that of the input's instances, if they agree.
fn place(call: &Calibrate) -> Result<Place, Failure> {
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    if let Some(input) = &call.input {
        let inputs = files::inputs(std::slice::from_ref(input))?;
        let loaded = twinrail_intake::read_or_return(inputs, day(None)?);
        let loaded = loaded.map_err(|(errors, inputs)| files::failure(&errors, &inputs))?;
        let instances = loaded.network.instances.iter().filter(|(_, instance)| !instance.is_template);
        for (_, instance) in instances {
            if let (Some(project), Some(zone)) = (instance.name.part("projects"), instance.name.part("zones")) {
                found.insert((project.to_owned(), zone.to_owned()));
            }
        }
    }
    let fits = |given: &Option<String>, own: &String| given.as_ref().is_none_or(|given| given == own);
    found.retain(|(project, zone)| fits(&call.project, project) && fits(&call.zone, zone));
    let only = if found.len() == 1 { found.pop_first() } else { None };
    let (project, zone) = only.unzip();
    match (call.project.clone().or(project), call.zone.clone().or(zone)) {
        (Some(project), Some(zone)) => Ok(Place { project, zone }),
        _ if found.len() > 1 => {
            let places: Vec<String> = found.iter().map(|(project, zone)| format!("{project} in {zone}")).collect();
            let places = places.join(", ");
            Err(Failure::World(vec![format!(
                "the input has instances of several projects or zones: {places}\n  hint: choose with `--project ID --zone ZONE`"
            )]))
        }
        _ => {
            let hint = "give `--project ID --zone ZONE`, or an input with instances, such as a model file";
            Err(Failure::World(vec![format!("no project and zone to measure in\n  hint: {hint}")]))
        }
    }
}

/// The script, or everything that is wrong with the call.
fn script(call: &Calibrate, place: &Place) -> Result<String, Failure> {
    let Place { project, zone } = place;
    let mut errors: Vec<String> = wrong_project(project).into_iter().collect();
    let names = [
        ("zone", Some(zone)),
        ("machine type", Some(&call.machine)),
        ("backend service", call.backend_service.as_ref()),
    ];
    let names = names.into_iter().filter_map(|(what, name)| name.map(|name| (what, name)));
    let names = names.chain(call.instance.iter().map(|name| ("instance", name)));
    for (what, name) in names.chain(call.leader.iter().map(|name| ("leader", name))) {
        errors.extend(wrong_name(what, name));
    }
    let two = |flag: &str, names: &[String]| match names {
        [] => Ok((String::new(), String::new())),
        [first, second] if first != second => Ok((first.clone(), second.clone())),
        _ => Err(format!("`{flag}` names two instances\n  hint: give it twice, or not at all")),
    };
    let instances = two("--instance", &call.instance).map_err(|error| errors.push(error)).unwrap_or_default();
    let leaders = two("--leader", &call.leader).map_err(|error| errors.push(error)).unwrap_or_default();
    let alias = call.alias.as_deref().unwrap_or_default();
    if call.instance.is_empty() == call.alias.is_some() {
        let hint = "an address that is free, as in `--alias vips:10.10.8.250/32`, or `--alias 10.10.0.250/32` of the primary range";
        errors.push(format!("`--instance` and `--alias` belong together\n  hint: {hint}"));
    }
    if call.leader.is_empty() == call.backend_service.is_some() {
        let hint = "the leader moves between two instances of its backend";
        errors.push(format!("`--backend-service` and two `--leader` belong together\n  hint: {hint}"));
    }
    errors.extend(call.alias.as_deref().and_then(wrong_alias));
    if !errors.is_empty() {
        return Err(Failure::World(errors));
    }
    let mut text = String::from(HEAD);
    let times = call.times.to_string();
    let assignments = [
        ("project", project.as_str()),
        ("zone", zone),
        ("times", &times),
        ("machine", if call.instance.is_empty() { &call.machine } else { "" }),
        ("first", &instances.0),
        ("second", &instances.1),
        ("alias", alias),
        ("service", call.backend_service.as_deref().unwrap_or_default()),
        ("leader", &leaders.0),
        ("other_leader", &leaders.1),
    ];
    for (name, value) in assignments {
        writeln!(text, "{name}='{value}'").expect("a string takes all");
    }
    text.push_str(BODY.split_once(CUT).map_or(BODY, |(_, body)| body));
    Ok(text)
}

const HEAD: &str = "\
#!/usr/bin/env bash
# Times operations of the Compute API in your own project, for `twinrail … --facts FILE.csv`. Written by `twinrail calibrate`; read it before you run it:
# it makes things, asks first, and takes them away again. `bash FILE [--yes] [FILE.csv]`. What is timed are the API's own insertTime and endTime.
";

/// What stands above it in `calibrate.sh` is for whoever reads that file.
const CUT: &str = "# ----\n";

/// Why a text is no name; `None` if it is one. Names have no character that a shell takes for anything else.
fn wrong_name(what: &str, name: &str) -> Option<String> {
    const LONGEST: usize = 63;
    let plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if plain && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.len() <= LONGEST {
        return None;
    }
    let hint = "lower-case letters, digits and hyphens, beginning with a letter";
    Some(format!("`{}` is no name of a {what}\n  hint: {hint}", name.escape_debug()))
}

/// Why a text is no alias range of one address, as gcloud writes it: `RANGE:ADDRESS/32`, or `ADDRESS/32` of the primary range.
fn wrong_alias(alias: &str) -> Option<String> {
    let (range, address) = alias.split_once(':').map_or((None, alias), |(range, address)| (Some(range), address));
    let is_one = address.strip_suffix("/32").is_some_and(|address| address.parse::<std::net::Ipv4Addr>().is_ok());
    if is_one && range.is_none_or(|range| wrong_name("range", range).is_none()) {
        return None;
    }
    let hint = "such as `vips:10.10.8.250/32`, or `10.10.0.250/32` of the primary range";
    Some(format!("`{}` is no alias range of one address\n  hint: {hint}", alias.escape_debug()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Calibrate {
        Calibrate {
            input: None,
            times: std::num::NonZeroU16::new(3).expect("not zero"),
            project: Some("farm-prod".to_owned()),
            zone: Some("us-central1-a".to_owned()),
            machine: "e2-small".to_owned(),
            instance: Vec::new(),
            alias: None,
            backend_service: None,
            leader: Vec::new(),
            output: None,
        }
    }

    fn wrong(call: &Calibrate) -> String {
        match place(call).and_then(|place| script(call, &place)) {
            Err(Failure::World(lines)) => lines.join("\n"),
            _ => panic!("this call is wrong"),
        }
    }

    #[test]
    fn nothing_of_a_call_reaches_a_shell_unless_it_is_a_name() {
        for evil in ["$(reboot)", "a b", "a'; reboot; '", "a\nb", "-rf", "ÄA", ""] {
            for set in [
                (|call: &mut Calibrate, evil: String| call.project = Some(evil)) as fn(&mut Calibrate, String),
                |call, evil| call.zone = Some(evil),
                |call, evil| call.machine = evil,
                |call, evil| call.instance = vec![evil, "b".to_owned()],
                |call, evil| call.alias = Some(evil),
                |call, evil| call.backend_service = Some(evil),
                |call, evil| call.leader = vec![evil, "b".to_owned()],
            ] {
                let mut call = call();
                set(&mut call, evil.to_owned());
                assert!(wrong(&call).contains("\n  hint: "), "{evil:?}");
            }
        }
    }

    #[test]
    fn what_belongs_together_is_asked_for() {
        let with = |set: fn(&mut Calibrate)| {
            let mut call = call();
            set(&mut call);
            wrong(&call)
        };
        assert!(
            with(|call| call.instance = vec!["a".to_owned(), "b".to_owned()]).starts_with("`--instance` and `--alias`")
        );
        assert!(with(|call| call.instance = vec!["a".to_owned(), "a".to_owned()]).contains("names two instances"));
        assert!(with(|call| call.backend_service = Some("vip".to_owned())).starts_with("`--backend-service` and two"));
        assert!(with(|call| call.zone = None).starts_with("no project and zone to measure in"));
    }
}
