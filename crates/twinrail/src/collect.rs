//! `twinrail collect`: the commands of `gcloud` that write what `twinrail check` reads. They read only, and they are printed, never run.
//! Start reading at `DUMPS`, the table of what is collected. Not here: what the answers mean (`twinrail-intake`).

use std::fmt::Write as _;
use std::io::Write as _;

use crate::call::Collect;
use crate::{Failure, Outcome, exit};

/// A list that one command prints.
struct Dump {
    /// Name of the file, without its ending.
    file: &'static str,
    /// What stands between `gcloud` and `--project`.
    command: &'static str,
    /// Where its resources stand in the API: for tests, which ask the importer about a resource of each list.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests read it"))]
    collection: &'static str,
}

/// Something that has to be asked for one name after the other.
struct Loop {
    /// Beginning of the files' names.
    file: &'static str,
    /// Lists the names.
    names: &'static str,
    /// Prints what belongs to the name in `$name`.
    command: &'static str,
    wraps: Wraps,
}

/// Whether an answer says by itself what it is about.
#[derive(PartialEq, Eq)]
enum Wraps {
    Nothing,
    /// The members of a group do not name it, so its URL is written around them, as the API's own list has it.
    Members,
}

const fn dump(file: &'static str, command: &'static str, collection: &'static str) -> Dump {
    Dump { file, command, collection }
}

/// Every list of a project. Lists without a region or zone are of all regions and zones.
const DUMPS: &[Dump] = &[
    dump("networks", "compute networks list", "global/networks"),
    dump("network-profiles", "compute network-profiles list", "global/networkProfiles"),
    dump("subnetworks", "compute networks subnets list", "regions/r/subnetworks"),
    dump("addresses", "compute addresses list", "regions/r/addresses"),
    dump("routes", "compute routes list", "global/routes"),
    dump("policy-based-routes", "network-connectivity policy-based-routes list", "locations/global/policyBasedRoutes"),
    dump("routers", "compute routers list", "regions/r/routers"),
    dump("vpn-gateways", "compute vpn-gateways list", "regions/r/vpnGateways"),
    dump("target-vpn-gateways", "compute target-vpn-gateways list", "regions/r/targetVpnGateways"),
    dump("interconnect-attachments", "compute interconnects attachments list", "regions/r/interconnectAttachments"),
    dump("network-attachments", "compute network-attachments list", "regions/r/networkAttachments"),
    dump("firewall-rules", "compute firewall-rules list", "global/firewalls"),
    dump("firewall-policies", "compute network-firewall-policies list", "global/firewallPolicies"),
    dump("instances", "compute instances list", "zones/z/instances"),
    dump("instance-templates", "compute instance-templates list", "global/instanceTemplates"),
    dump("instance-group-managers", "compute instance-groups managed list", "zones/z/instanceGroupManagers"),
    dump("instance-groups", "compute instance-groups list", "zones/z/instanceGroups"),
    dump("network-endpoint-groups", "compute network-endpoint-groups list", "zones/z/networkEndpointGroups"),
    dump("forwarding-rules", "compute forwarding-rules list", "regions/r/forwardingRules"),
    dump("backend-services", "compute backend-services list", "regions/r/backendServices"),
    dump("health-checks", "compute health-checks list", "global/healthChecks"),
    dump("http-health-checks", "compute http-health-checks list", "global/httpHealthChecks"),
    dump("https-health-checks", "compute https-health-checks list", "global/httpsHealthChecks"),
];

/// What no list has: firewall policies of the organization show only in what is in force, and members only one group at a time.
const LOOPS: &[Loop] = &[
    Loop {
        file: "effective-firewalls",
        names: "compute networks list --format='value(name)'",
        command: "compute networks get-effective-firewalls \"$name\"",
        wraps: Wraps::Nothing,
    },
    Loop {
        file: "members",
        names: "compute instance-groups list --uri",
        command: "compute instance-groups list-instances \"$name\"",
        wraps: Wraps::Members,
    },
];

/// The asset types that are read.
const ASSET_TYPES: &[&str] = &[
    "compute.googleapis.com/Address",
    "compute.googleapis.com/Autoscaler",
    "compute.googleapis.com/BackendService",
    "compute.googleapis.com/Firewall",
    "compute.googleapis.com/FirewallPolicy",
    "compute.googleapis.com/ForwardingRule",
    "compute.googleapis.com/GlobalAddress",
    "compute.googleapis.com/GlobalForwardingRule",
    "compute.googleapis.com/HealthCheck",
    "compute.googleapis.com/HttpHealthCheck",
    "compute.googleapis.com/HttpsHealthCheck",
    "compute.googleapis.com/Instance",
    "compute.googleapis.com/InstanceGroup",
    "compute.googleapis.com/InstanceGroupManager",
    "compute.googleapis.com/InstanceTemplate",
    "compute.googleapis.com/InterconnectAttachment",
    "compute.googleapis.com/Network",
    "compute.googleapis.com/NetworkAttachment",
    "compute.googleapis.com/NetworkEndpointGroup",
    "compute.googleapis.com/RegionBackendService",
    "compute.googleapis.com/Route",
    "compute.googleapis.com/Router",
    "compute.googleapis.com/Subnetwork",
    "compute.googleapis.com/TargetVpnGateway",
    "compute.googleapis.com/VpnGateway",
    "networkconnectivity.googleapis.com/PolicyBasedRoute",
];

/// Every command asks nothing and prints JSON: without `--quiet`, some offer to enable an API.
const TAIL: &str = "--format=json --quiet";

pub(crate) fn collect(call: &Collect) -> Outcome {
    let errors: Vec<String> = call.projects.iter().filter_map(|project| wrong_project(project)).collect();
    if !errors.is_empty() {
        return Err(Failure::World(errors));
    }
    let mut projects: Vec<&str> = Vec::new();
    for project in &call.projects {
        if !projects.contains(&project.as_str()) {
            projects.push(project);
        }
    }
    let text = if call.script { script(&projects, call.cai) } else { commands(&projects, call.cai) };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(exit::CLEAN)
}

/// Why a text is no project id; `None` if it is one. Ids have no character that a shell takes for anything else.
pub(crate) fn wrong_project(project: &str) -> Option<String> {
    let (domain, id) = project.rsplit_once(':').map_or((None, project), |(domain, id)| (Some(domain), id));
    let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let is_label = |label: &str| !label.is_empty() && plain(label) && !label.starts_with('-') && !label.ends_with('-');
    let is_id =
        (6..=30).contains(&id.len()) && is_label(id) && id.starts_with(|first: char| first.is_ascii_lowercase());
    if is_id && domain.is_none_or(|domain| domain.split('.').all(is_label)) {
        return None;
    }
    let hint = if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        "that is a number; `gcloud projects describe NUMBER` prints the id"
    } else {
        "an id has 6 to 30 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen; \
         `gcloud projects list` prints them"
    };
    Some(format!("`{}` is no id of a project\n  hint: {hint}", project.escape_debug()))
}

fn asset_command(project: &str) -> String {
    let types = ASSET_TYPES.join(",");
    format!("gcloud asset list --project={project} --content-type=resource --asset-types={types} {TAIL}")
}

/// The commands, one a line.
fn commands(projects: &[&str], cai: bool) -> String {
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("a string takes all");
    for project in projects {
        line(format_args!("mkdir -p {project}"));
        if cai {
            line(format_args!("{} > {project}/assets.json", asset_command(project)));
            continue;
        }
        for Dump { file, command, .. } in DUMPS {
            line(format_args!("gcloud {command} --project={project} {TAIL} > {project}/{file}.json"));
        }
        for each in LOOPS {
            let Loop { file, names, command, wraps } = each;
            let answer = format!("gcloud {command} --project={project} {TAIL} < /dev/null");
            let answer = match wraps {
                Wraps::Nothing => answer,
                Wraps::Members => format!("{{ {HEAD}; {answer}; echo '}}'; }}"),
            };
            line(format_args!(
                "gcloud {names} --project={project} --quiet | while read -r name; do {answer} > \
                 \"{project}/{file}-$(printf %s \"${{name#*/projects/}}\" | tr / _).json\"; done"
            ));
        }
    }
    text
}

/// Writes the beginning of a list of members around the answer for the group in `$name`.
const HEAD: &str = "printf '{\"kind\": \"compute#instanceGroupsListInstances\", \"selfLink\": \"%s/listInstances\", \
    \"items\": ' \"$name\"";

const ROLES: &str = "\
# Needs roles/compute.viewer in each project; policy-based routes also need networkconnectivity.policyBasedRoutes.list
# (in roles/compute.networkAdmin). Policies of the organization show in what is in force on each network
# (compute.networks.getEffectiveFirewalls).
";

const ROLES_CAI: &str = "\
# Needs roles/cloudasset.viewer in each project. The inventory has no network profiles, no members of instance groups and
# no policies of the organization: `twinrail collect --script` without `--cai` reads those too.
";

const FUNCTIONS: &str = r#"set -eu
missing=''
newline='
'

# lost FILE COMMAND…: remembers what could not be read.
lost() {
  missing="$missing  $*$newline"
}

# keep FILE COMMAND…: what the command prints becomes the file. One that fails leaves none, so that no half answer is read.
keep() {
  file=$1
  shift
  rm -f -- "$file"
  if "$@" </dev/null >"$file.part"; then
    mv -- "$file.part" "$file"
  else
    rm -f -- "$file.part"
    lost "$file: $*"
  fi
}
"#;

const MEMBERS: &str = r#"
# members URL PROJECT: the members of a group, with the URL of the group, which they do not say themselves.
members() {
  HEAD
  gcloud compute instance-groups list-instances "$1" --project="$2" --format=json --quiet || return 1
  echo '}'
}
"#;

const END: &str = r#"
if [ -n "$missing" ]; then
  printf 'could not be read:\n%s' "$missing" >&2
  echo 'what was read can be checked, but it is not all: a judgement may miss what is not there' >&2
  exit 1
fi
"#;

/// A POSIX shell script that makes one folder for each project.
fn script(projects: &[&str], cai: bool) -> String {
    let list = projects.join(" ");
    let mut text =
        format!("#!/bin/sh\n# What Twinrail reads of {list}, for `twinrail check {list}`. Changes nothing.\n");
    text.push_str(if cai { ROLES_CAI } else { ROLES });
    text.push_str(FUNCTIONS);
    if !cai {
        text.push_str(&MEMBERS.replace("HEAD", &HEAD.replace("$name", "$1")));
    }
    let mut line = |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("a string takes all");
    for project in projects {
        line(format_args!("\nmkdir -p {project}"));
        if cai {
            line(format_args!("keep {project}/assets.json {}", asset_command(project)));
            continue;
        }
        for Dump { file, command, .. } in DUMPS {
            line(format_args!("keep {project}/{file}.json gcloud {command} --project={project} {TAIL}"));
        }
        for each in LOOPS {
            let Loop { file, names, command, wraps } = each;
            let answer = match wraps {
                Wraps::Nothing => format!("gcloud {command} --project={project} {TAIL}"),
                Wraps::Members => format!("members \"$name\" {project}"),
            };
            line(format_args!(
                "names=$(gcloud {names} --project={project} --quiet </dev/null) || {{\n  names=''\n  lost \
                 '{project}/{file}-*.json: gcloud {} --project={project}'\n}}",
                names.replace('\'', "")
            ));
            line(format_args!("for name in $names; do"));
            line(format_args!("  path=$(printf %s \"${{name#*/projects/}}\" | tr / _)"));
            line(format_args!("  keep \"{project}/{file}-$path.json\" {answer}\ndone"));
        }
    }
    text.push_str(END);
    writeln!(text, "echo 'all is read: twinrail check {list}'").expect("a string takes all");
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use twinrail_intake::Input;

    use super::*;

    /// What an answer leaves not understood.
    fn left(answer: &Value) -> Vec<String> {
        let input = Input { path: "answer.json".to_owned(), text: answer.to_string() };
        let today = "2026-11-22".parse().expect("a date");
        let loaded = twinrail_intake::read(vec![input], today).expect("an answer is read");
        loaded.unsupported.into_iter().map(|kind| kind.what).collect()
    }

    #[test]
    fn every_list_is_of_a_kind_that_is_read() {
        for dump in DUMPS {
            let collection = dump.collection.rsplit('/').next().expect("a collection");
            let element = collection.strip_suffix("ies").map(|stem| format!("{stem}y"));
            let element = element.or_else(|| collection.strip_suffix("sses").map(|stem| format!("{stem}ss")));
            let element = element.unwrap_or_else(|| collection.trim_end_matches('s').to_owned());
            let routes = dump.file == "policy-based-routes";
            let service = if routes { "networkconnectivity" } else { "compute" };
            let answer = json!([{
                "kind": format!("{service}#{element}"),
                // What a profile is called says what it is.
                "name": if dump.file == "network-profiles" { "us-central1-a-vpc-falcon" } else { "one" },
                "location": { "name": "us-central1-a", "scope": "ZONE" },
                "selfLink": format!("https://www.googleapis.com/{service}/v1/projects/farm/{}/one", dump.collection),
                "features": { "allowVpcPeering": "VPC_PEERING_ALLOWED" },
            }]);
            assert_eq!(left(&answer), Vec::<String>::new(), "{}", dump.file);
        }
    }

    #[test]
    fn every_asset_type_is_read() {
        for of in ASSET_TYPES {
            let short = of.rsplit('/').next().expect("a type");
            let short = ["Global", "Region"].iter().find_map(|scope| short.strip_prefix(scope)).unwrap_or(short);
            let first = short[..1].to_lowercase();
            let plural = format!("{first}{}s", &short[1..]).replace("cys", "cies").replace("sss", "sses");
            let place = if plural == "policyBasedRoutes" { "locations/global" } else { "global" };
            let name = format!("//compute.googleapis.com/projects/farm/{place}/{plural}/one");
            let answer = json!([{ "name": name, "assetType": of, "resource": { "data": { "name": "one" } } }]);
            assert_eq!(left(&answer), Vec::<String>::new(), "{of}");
        }
    }

    #[test]
    fn only_ids_of_projects_are_taken() {
        for id in ["my-project", "abcdef", "a23456789012345678901234567890", "example.com:my-project"] {
            assert_eq!(wrong_project(id), None, "{id}");
        }
        for no_id in [
            "",
            "short",
            "My-project",
            "1project",
            "my-project-",
            "my_project",
            "my project",
            "my-project;ls",
            "$(id)x-y",
            "-my-project",
            "-x:my-project",
            "exa mple:my-project",
            ":my-project",
            "../my-project",
            "my-project\n",
            "a234567890123456789012345678901",
            "mein-projekt-ä",
        ] {
            assert!(wrong_project(no_id).is_some_and(|error| error.contains("hint: ")), "{no_id}");
        }
        assert!(wrong_project("104200000001").is_some_and(|error| error.contains("that is a number")));
    }
}
