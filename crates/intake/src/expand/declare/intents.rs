//! What the names in an intent stand for, and which sentences make no sense. Not here: the grammar (`intent`), and whether an intent holds.

use twinrail_model::unit::Gbps;
use twinrail_model::{After, Ask, Failing, How, Intent, Known, Party, Rail, Reach};

use super::{Declarer, pointer};
use crate::intent::{self, Afterwards, Sentence, Who, Wrong};

/// Why an intent is not taken up: `None` where the reason was reported already, at a part of the file that did not expand.
type Refused = Option<Wrong>;

impl Declarer<'_> {
    pub(super) fn intents(&mut self) {
        for (place, text) in self.model.intents.iter().enumerate() {
            let place = place.to_string();
            match intent::parse(text).map_err(Some).and_then(|sentence| self.ask(sentence)) {
                Ok(ask) => {
                    let id = self.loaded.network.intents.push(Intent { text: text.clone(), ask });
                    self.record(id, &["intents", &place]);
                }
                Err(Some(wrong)) => self.error(&pointer(&["intents", &place]), wrong.message, Some(wrong.hint)),
                Err(None) => {}
            }
        }
    }

    fn ask(&self, sentence: Sentence) -> Result<Ask, Refused> {
        Ok(match sentence {
            Sentence::Reach { who, to, how, after } => {
                let reach = self.reach(&who)?;
                let party = self.party(&to)?;
                makes_sense(reach, &to, party, &how)?;
                Ask::Reach { reach, to: party, how, after: self.after(after)? }
            }
            Sentence::Outage { vips, clients, quantile_per_million, below } => Ask::Outage {
                vips: *self.vips.get(&vips).ok_or_else(|| self.nobody("VIP pool", &vips, self.vips.keys()))?,
                clients: *self
                    .clients
                    .get(&clients)
                    .ok_or_else(|| self.nobody("group of clients", &clients, self.clients.keys()))?,
                quantile_per_million,
                below_milliseconds: below.0,
            },
            Sentence::Bandwidth { transfer, of, at_least, after } => {
                let party = self.party(&of)?;
                if !matches!(party, Party::Clients(_) | Party::Cluster(_) | Party::Vips(_)) {
                    let message = format!("`{of}` is promised no bandwidth of its own");
                    return Err(refused(&message, "name clients, a cluster that serves them, or a pool of VIPs"));
                }
                Ask::Bandwidth { transfer, of: party, at_least: Gbps::from_mbps(at_least.0), after: self.after(after)? }
            }
        })
    }

    /// Who sends. A VIP is an address at which somebody answers: what its holder sends, the holder sends.
    fn reach(&self, who: &Who) -> Result<Reach, Refused> {
        let (name, form): (&String, fn(Party) -> Reach) = match who {
            Who::NothingElse => return Ok(Reach::NothingElse),
            Who::Reaches(name) => (name, Reach::Reaches),
            Who::Never(name) => (name, Reach::Never),
            Who::Only(name) => (name, Reach::Only),
        };
        let party = self.party(name)?;
        if let Party::Vips(pool) = party {
            let network = &self.loaded.network;
            let holder = network.clusters[network.vips[pool].over].name.short();
            let hint = format!("name the cluster that holds it, `{holder}`");
            return Err(refused(format!("`{name}` is a VIP pool, which sends nothing by itself"), hint));
        }
        Ok(form(party))
    }

    fn after(&self, after: Option<Afterwards>) -> Result<Option<After>, Refused> {
        let Some(Afterwards { count, failing, of: name }) = after else { return Ok(None) };
        let Some(name) = name else { return Ok(Some(After { count, failing, of: None })) };
        let of = self.party(&name)?;
        match (failing, of) {
            (Failing::Holder, Party::Vips(_)) => {}
            (Failing::Holder, _) => {
                let hint = "a holder is one of a VIP pool; of others, an instance fails";
                return Err(refused(format!("`{name}` is no VIP pool, so nobody is a holder of it"), hint));
            }
            (_, Party::Vips(_)) => {
                let hint = format!("write `holder of {name}`, or name the cluster that holds it");
                return Err(refused(format!("`{name}` is a VIP pool, which has no instances, NICs or zones"), hint));
            }
            (_, Party::Internet) => {
                let hint = "name a cluster, clients or an instance";
                return Err(refused("the internet has no instances, NICs or zones that could fail here", hint));
            }
            _ => {}
        }
        Ok(Some(After { count, failing, of: Some(of) }))
    }

    /// Whom a name means. A name of two is refused, unless both are the same instances.
    fn party(&self, name: &str) -> Result<Party, Refused> {
        let network = &self.loaded.network;
        let cluster = self.clusters.get(name).copied();
        let clients = self.clients.get(name).copied();
        // Clients that are a cluster may have its name: then both mean the same instances.
        let clients = clients.filter(|id| cluster.is_none() || network.clients[*id].cluster != cluster);
        let is_called =
            |row: &twinrail_model::Instance| row.known == Known::Here && !row.is_template && row.name.short() == name;
        let instances = network.instances.iter().filter(|(_, row)| is_called(row));
        let internet = (name == "internet").then_some(("the internet", Party::Internet));
        let mut found: Vec<(&str, Party)> = internet.into_iter().collect();
        found.extend(cluster.map(|id| ("a cluster", Party::Cluster(id))));
        found.extend(clients.map(|id| ("clients", Party::Clients(id))));
        found.extend(self.vips.get(name).map(|id| ("a VIP pool", Party::Vips(*id))));
        found.extend(instances.map(|(id, _)| ("an instance", Party::Instance(id))));
        match found.as_slice() {
            [(_, party)] => Ok(*party),
            [] => Err(self.nobody("cluster, clients, VIP pool or instance", name, self.names())),
            [(one, _), (other, _), ..] => {
                let message = format!("`{name}` is the name of {one} and of {other}");
                Err(refused(message, "give one of them another name"))
            }
        }
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.clusters.keys().chain(self.clients.keys()).chain(self.vips.keys()).chain(self.model.instances.keys())
    }

    /// A name that leads nowhere.
    fn nobody<'n>(&self, kind: &str, name: &str, known: impl Iterator<Item = &'n String>) -> Refused {
        if self.made.incomplete && self.is_in_file(name) {
            return None;
        }
        let known: Vec<&String> = known.collect();
        let near = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), *known)).min();
        let near = near.filter(|(distance, known)| *distance <= 1 + known.len() / 3);
        let hint = match near {
            Some((_, near)) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "the file has none".to_owned(),
            None => {
                let names: Vec<String> = known.iter().take(8).map(|name| format!("`{name}`")).collect();
                format!("the file has {}", names.join(", "))
            }
        };
        Some(Wrong::new(format!("no {kind} is named `{name}`"), hint))
    }
}

fn refused(message: impl Into<String>, hint: impl Into<String>) -> Refused {
    Some(Wrong::new(message, hint))
}

fn makes_sense(reach: Reach, name: &str, to: Party, how: &How) -> Result<(), Refused> {
    let from = match reach {
        Reach::Reaches(from) | Reach::Never(from) | Reach::Only(from) => Some(from),
        Reach::NothingElse => None,
    };
    let internet = [from, Some(to)].contains(&Some(Party::Internet));
    if internet && how.rail == Some(Rail::Rdma) {
        let hint = "leave `on rdma` out, or name a port such as tcp:443";
        return Err(refused("RDMA does not leave its network, so nothing reaches the internet by it", hint));
    }
    if from == Some(Party::Internet) && to == Party::Internet {
        return Err(refused(
            "whom the internet reaches within itself is no part of this network",
            "name one of your own",
        ));
    }
    if matches!(to, Party::Instance(_)) && from == Some(to) {
        let hint = "name another instance or a cluster; a cluster reaches itself if each instance reaches each other";
        return Err(refused(format!("`{name}` is one instance, and what it sends to itself meets no network"), hint));
    }
    Ok(())
}
