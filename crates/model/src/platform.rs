//! The catalog's tables as the model sees them: which facts answer for a network's profile and for an instance's machine type.
//! Holds keys, never values: a value is read through [`Facts`], so that a judgement depends on it.

use std::collections::BTreeMap;

use ipnet::IpNet;
use twinrail_facts::{Bool, Catalog, ChoiceOf, Count, Facts, Key, Kind, Names, Number, Value};

use crate::field::{Field, Hole, Place};
use crate::id::{InstanceId, NicId, VpcId};
use crate::instance::{Instance, NicType};
use crate::network::{Known, Network};
use crate::unit::Gbps;

macro_rules! features {
    ($($variant:ident => $api:literal, $id:literal;)*) => {
        /// A field of the Compute API's `NetworkProfileNetworkFeatures`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature {
            $(#[doc = $api] $variant,)*
        }

        impl Feature {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The field's name in the API.
            pub fn api_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $api,)*
                }
            }

            /// The feature of this name in the API.
            pub fn from_api(name: &str) -> Option<Self> {
                match name {
                    $($api => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The fact's name behind the profile's id.
            pub fn fact_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }
        }
    };
}

features! {
    AddressCreation => "allowAddressCreation", "address-creation";
    AliasIpRanges => "allowAliasIpRanges", "alias-ip-ranges";
    AutoModeSubnet => "allowAutoModeSubnet", "auto-mode-subnet";
    ClassDFirewalls => "allowClassDFirewalls", "class-d-firewalls";
    CloudNat => "allowCloudNat", "cloud-nat";
    CloudRouter => "allowCloudRouter", "cloud-router";
    DefaultNicAttachment => "allowDefaultNicAttachment", "default-nic-attachment";
    ExternalIpAccess => "allowExternalIpAccess", "external-ip-access";
    FirewallPolicy => "allowFirewallPolicy", "firewall-policy";
    Interconnect => "allowInterconnect", "interconnect";
    IpForwarding => "allowIpForwarding", "ip-forwarding";
    LoadBalancing => "allowLoadBalancing", "load-balancing";
    MultiNicInSameNetwork => "allowMultiNicInSameNetwork", "multi-nic-in-same-network";
    MultiNicInSameSubnetwork => "allowMultiNicInSameSubnetwork", "multi-nic-in-same-subnetwork";
    AllowMulticast => "allowMulticast", "multicast";
    Ncc => "allowNcc", "ncc";
    NetworkMigration => "allowNetworkMigration", "network-migration";
    PacketMirroring => "allowPacketMirroring", "packet-mirroring";
    PrivateGoogleAccess => "allowPrivateGoogleAccess", "private-google-access";
    Psc => "allowPsc", "psc";
    SameNetworkUnicast => "allowSameNetworkUnicast", "same-network-unicast";
    StaticRoutes => "allowStaticRoutes", "static-routes";
    SubInterfaces => "allowSubInterfaces", "sub-interfaces";
    SubnetworkCreation => "allowSubnetworkCreation", "subnetwork-creation";
    VpcFirewallRules => "allowVpcFirewallRules", "vpc-firewall-rules";
    VpcPeering => "allowVpcPeering", "vpc-peering";
    Vpn => "allowVpn", "vpn";
    AddressPurposes => "addressPurposes", "address-purposes";
    InterfaceTypes => "interfaceTypes", "interface-types";
    FirewallPolicyTypes => "firewallPolicyTypes", "firewall-policy-types";
    SubnetPurposes => "subnetPurposes", "subnet-purposes";
    SubnetStackTypes => "subnetStackTypes", "subnet-stack-types";
    SubnetworkPurposes => "subnetworkPurposes", "subnetwork-purposes";
    SubnetworkStackTypes => "subnetworkStackTypes", "subnetwork-stack-types";
    Multicast => "multicast", "multicast-mode";
    Unicast => "unicast", "unicast";
    PredefinedNetworkInternalIpv6Range => "predefinedNetworkInternalIpv6Range", "predefined-network-internal-ipv6-range";
    PredefinedSubnetworkRanges => "predefinedSubnetworkRanges", "predefined-subnetwork-ranges";
}

/// A kind of network profile and where its facts are.
#[derive(Debug, Clone)]
pub struct ProfileFacts {
    pub id: String,
    pub title: String,
    pub suffix: String,
}

impl ProfileFacts {
    /// Whether the ordinary network is meant, which has no profile object.
    pub fn is_ordinary(&self) -> bool {
        self.suffix.is_empty()
    }

    /// Whether networks of this profile allow a feature.
    pub fn allows(&self, facts: &Facts<'_>, feature: Feature) -> Field<bool> {
        self.get::<Bool>(facts, feature.fact_name())
    }

    /// The words that a feature lists, such as the NIC types that attach.
    pub fn lists<'a>(&self, facts: &Facts<'a>, feature: Feature) -> Field<&'a [String]> {
        self.get::<Names>(facts, feature.fact_name())
    }

    /// Any fact of this profile by its name behind the profile's id.
    pub fn get<'a, K: Kind>(&self, facts: &Facts<'a>, name: &str) -> Field<K::View<'a>> {
        let id = format!("{}.{name}", self.id);
        let key: Option<Key<K>> = facts.catalog().key(&id);
        key.map(|key| facts.get(key)).ok_or(Hole::NotInCatalog(id))
    }
}

/// A machine type and where its facts are.
#[derive(Debug, Clone)]
pub struct MachineFacts {
    pub name: String,
    pub series: String,
    fields: BTreeMap<String, twinrail_facts::FactId>,
}

impl MachineFacts {
    /// A fact of this machine type, or of its series.
    pub fn get<'a, K: Kind>(&self, facts: &Facts<'a>, field: &str) -> Field<K::View<'a>> {
        let hole = || Hole::NotInCatalog(format!("machine.{}.{field}", self.name));
        let id = self.fields.get(field).ok_or_else(hole)?;
        let key: Key<K> = facts.catalog().typed(*id).ok_or_else(hole)?;
        Ok(facts.get(key))
    }

    /// The least value that a field may have in any world. Nothing is read: what fits under it fits in every world.
    pub fn least(&self, catalog: &Catalog, field: &str) -> Option<f64> {
        let values = &catalog.fact(*self.fields.get(field)?).values;
        let number = |value: &Value| match value {
            Value::Number(number) => Some(*number),
            Value::Count(count) => Some(*count as f64),
            _ => None,
        };
        values.iter().filter_map(|possible| number(&possible.value)).min_by(f64::total_cmp)
    }

    pub fn yes(&self, facts: &Facts<'_>, field: &str) -> Field<bool> {
        self.get::<Bool>(facts, field)
    }

    pub fn count(&self, facts: &Facts<'_>, field: &str) -> Field<u64> {
        self.get::<Count>(facts, field)
    }

    pub fn number(&self, facts: &Facts<'_>, field: &str) -> Field<f64> {
        self.get::<Number>(facts, field)
    }

    /// A field that is stated in Gbps.
    pub fn gbps(&self, facts: &Facts<'_>, field: &str) -> Field<Gbps> {
        self.number(facts, field).map(Gbps::new)
    }

    pub fn choice<'a>(&self, facts: &Facts<'a>, field: &str) -> Field<&'a str> {
        self.get::<ChoiceOf>(facts, field)
    }
}

/// Every range that some fact may have as its value.
fn ranges(catalog: &Catalog) -> Vec<IpNet> {
    let values = catalog.facts().flat_map(|(_, fact)| &fact.values);
    let ranges = values.filter_map(|possible| match &possible.value {
        Value::Cidrs(ranges) => Some(ranges),
        _ => None,
    });
    ranges.flatten().copied().collect()
}

/// The tables of a catalog that networks refer to by name.
#[derive(Debug, Clone)]
pub struct Platform {
    profiles: Vec<ProfileFacts>,
    machines: BTreeMap<String, MachineFacts>,
    ordinary: usize,
    ranges: Vec<IpNet>,
}

impl Platform {
    pub fn new(catalog: &Catalog) -> Self {
        let profiles: Vec<ProfileFacts> = catalog
            .profiles()
            .iter()
            .map(|profile| ProfileFacts {
                id: profile.id.clone(),
                title: profile.title.clone(),
                suffix: profile.suffix.clone(),
            })
            .collect();
        let ordinary = profiles.iter().position(ProfileFacts::is_ordinary);
        let machines = catalog.machines().values().map(|machine| {
            let facts = MachineFacts {
                name: machine.name.clone(),
                series: machine.series.clone(),
                fields: machine.fields.clone(),
            };
            (machine.name.clone(), facts)
        });
        Self {
            ordinary: ordinary.expect("the catalog describes the ordinary network"),
            machines: machines.collect(),
            profiles,
            ranges: ranges(catalog),
        }
    }

    pub fn profiles(&self) -> &[ProfileFacts] {
        &self.profiles
    }

    /// Every range that some fact may have as its value, in whatever world.
    pub fn ranges(&self) -> &[IpNet] {
        &self.ranges
    }

    pub fn machines(&self) -> impl Iterator<Item = &MachineFacts> {
        self.machines.values()
    }

    pub fn machine(&self, name: &str) -> Option<&MachineFacts> {
        self.machines.get(name)
    }

    /// The ordinary network's facts.
    pub fn ordinary(&self) -> &ProfileFacts {
        &self.profiles[self.ordinary]
    }

    /// Splits a network profile's name (`us-central1-a-vpc-falcon`) into its zone or region and its kind.
    pub fn parse_profile<'n>(&self, name: &'n str) -> Option<(&'n str, &ProfileFacts)> {
        let fits = |profile: &&ProfileFacts| {
            !profile.is_ordinary() && name.strip_suffix(&profile.suffix).is_some_and(|zone| zone.ends_with('-'))
        };
        let profile = self.profiles.iter().filter(fits).max_by_key(|profile| profile.suffix.len())?;
        let location = name.strip_suffix(&profile.suffix)?.strip_suffix('-')?;
        is_location(location).then_some((location, profile))
    }
}

/// Whether text has the form of a zone or region: `us-central1-a`, `europe-west4`.
fn is_location(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(area), Some(region)) = (parts.next(), parts.next()) else { return false };
    let zone = parts.next();
    let alphabetic = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let numbered = region.trim_end_matches(|c: char| c.is_ascii_digit());
    alphabetic(area)
        && alphabetic(numbered)
        && numbered.len() < region.len()
        && zone.is_none_or(alphabetic)
        && parts.next().is_none()
}

/// A network in one world: everything that a judgement may look at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub network: &'a Network,
    pub platform: &'a Platform,
    pub facts: &'a Facts<'a>,
}

impl<'a> View<'a> {
    /// The profile of a network; the ordinary one if it names none.
    pub fn profile(&self, vpc: VpcId) -> Field<&'a ProfileFacts> {
        let row = &self.network.vpcs[vpc];
        let Some(name) = row.profile.get_ref()? else { return Ok(self.platform.ordinary()) };
        let parsed = self.platform.parse_profile(name).map(|(_, profile)| profile);
        parsed.ok_or(Hole::NotUnderstood(Place::field(vpc, "networkProfile")))
    }

    /// Whether a network is known to have a profile. One that is only named is taken for an ordinary one, without a look: imports are full of
    /// them, and `subnet-region-not-of-profile` says of each that its profile is missing.
    pub fn is_profiled(&self, vpc: VpcId) -> bool {
        let row = &self.network.vpcs[vpc];
        let only_named = row.known == Known::Outside && row.profile.known().is_none();
        !only_named && self.profile(vpc).is_ok_and(|profile| !profile.is_ordinary())
    }

    /// The zone that a network's profile names; `None` for an ordinary network.
    pub fn profile_zone(&self, vpc: VpcId) -> Field<Option<&'a str>> {
        let row = &self.network.vpcs[vpc];
        let Some(name) = row.profile.get_ref()? else { return Ok(None) };
        let parsed = self.platform.parse_profile(name).map(|(zone, _)| zone);
        parsed.map(Some).ok_or(Hole::NotUnderstood(Place::field(vpc, "networkProfile")))
    }

    /// Whether a network carries RDMA.
    pub fn is_rdma(&self, vpc: VpcId) -> Field<bool> {
        Ok(!self.profile(vpc)?.is_ordinary() && self.profile(vpc)?.get::<Bool>(self.facts, "rdma")?)
    }

    /// What the catalog knows of an instance's machine type.
    pub fn machine(&self, instance: InstanceId) -> Field<&'a MachineFacts> {
        let name = self.network.instances[instance].machine.get_ref()?;
        self.platform.machine(name).ok_or(Hole::NotUnderstood(Place::field(instance, "machineType")))
    }

    /// What the catalog knows of the machine type of an instance that need not be in the network; `None` where it is not stated or not in the catalog.
    pub fn machine_of(&self, instance: &Instance) -> Option<&'a MachineFacts> {
        self.platform.machine(instance.machine.as_ref().ok()?)
    }

    /// Bytes: what the network states, else what its profile defaults to.
    pub fn mtu(&self, vpc: VpcId) -> Field<u64> {
        match self.network.vpcs[vpc].mtu.get_ref()? {
            Some(mtu) => Ok(*mtu),
            None => self.profile(vpc)?.get::<Count>(self.facts, "mtu"),
        }
    }

    /// The NIC's type, where the input states it.
    pub fn nic_type(&self, nic: NicId) -> Field<Option<NicType>> {
        self.network.nics[nic].nic_type.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_one_of_the_api() {
        assert_eq!(Feature::ALL.len(), 38);
        let catalog = Catalog::embedded();
        for profile in catalog.profiles() {
            for feature in Feature::ALL {
                let id = format!("{}.{}", profile.id, feature.fact_name());
                let fact = catalog.find(&id).map(|id| catalog.fact(id));
                assert_eq!(fact.and_then(|fact| fact.feature.as_deref()), Some(feature.api_name()), "{id}");
            }
        }
    }

    #[test]
    fn profile_names_are_zone_and_kind() {
        let platform = Platform::new(Catalog::embedded());
        let parse = |name| platform.parse_profile(name).map(|(zone, profile)| (zone, profile.id.as_str()));
        assert_eq!(parse("us-central1-a-vpc-falcon"), Some(("us-central1-a", "falcon")));
        assert_eq!(parse("europe-west1-b-vpc-roce"), Some(("europe-west1-b", "roce")));
        assert_eq!(parse("europe-west1-b-vpc-roce-metal"), Some(("europe-west1-b", "roce-metal")));
        for bad in [
            "us-central1-a-vpc-falcom",
            "vpc-falcon",
            "-vpc-falcon",
            "us-central1-a-b-vpc-roce",
            "US-central1-a-vpc-roce",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
