//! What one instance of a machine type can do, as the catalog knows it in one world. What the catalog does not say stays a hole: it is never taken for
//! unlimited. Not here: how much of it a plan may use.

use twinrail_facts::{Date, FactId, Facts, Status, keys};
use twinrail_model::unit::{GbPerSecond, Gbps, Gib, MibPerSecond, UsdPerHour};
use twinrail_model::{EgressTier, Field, Hole, MachineFacts};

/// What a machine type can do. Rates are of one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Capability {
    pub machine: String,
    pub vcpus: Field<u64>,
    /// Local SSD.
    pub local_ssd: Field<Gib>,
    pub disk_read: Field<MibPerSecond>,
    pub disk_write: Field<MibPerSecond>,
    /// Ordinary traffic to internal addresses, in the tier that is asked for where the machine has it.
    pub egress: Field<Gbps>,
    /// What its physical NICs take together, and no more than egress where that caps what an instance receives from internal addresses too.
    pub ingress: Field<Gbps>,
    pub physical_nics: Field<u64>,
    /// What one of them carries.
    pub physical_nic: Field<Gbps>,
    /// vNICs that it takes for all that an instance may send.
    pub full_egress_vnics: Field<u64>,
    /// How vNICs are spread over several physical NICs: the value of the fact of that name. Empty with one.
    pub nic_order: String,
    /// RDMA traffic; zero where it has none.
    pub rdma: Field<Gbps>,
    /// Whether RDMA counts against the cap of ordinary egress.
    pub shares_cap: Field<bool>,
    pub rdma_nics: Field<u64>,
    pub placement_max: Field<u64>,
    pub usd_per_hour: Field<UsdPerHour>,
    pub spot_usd_per_hour: Field<UsdPerHour>,
    /// Where the price comes from.
    pub price: Option<PriceSource>,
}

/// Where a price comes from and of when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceSource {
    pub fact: FactId,
    pub date: Date,
    pub status: Status,
}

const PRICE: &str = "usd-per-hour";

impl Capability {
    /// Reads the facts of a machine type in the world of `facts`.
    pub fn of(machine: &MachineFacts, tier: EgressTier, facts: &Facts<'_>) -> Self {
        let usd = |field: &str| {
            let price = machine.number(facts, field)?;
            let valid = price.is_finite() && price >= 0.0;
            valid.then(|| UsdPerHour::new(price)).ok_or_else(|| missing(machine, field))
        };
        let mib = |field: &str| machine.count(facts, field).map(|rate| MibPerSecond::new(rate as f64));
        let physical_nics = machine.count(facts, "physical-nics");
        let physical_nic = machine.gbps(facts, "physical-nic-gbps");
        let has_several = physical_nics.as_ref().is_ok_and(|count| *count > 1);
        let egress = egress(machine, tier, facts);
        let nics = physical_nics.clone().and_then(|count| Ok(physical_nic.clone()? * count as f64));
        let is_capped = facts.get(keys::bandwidth::INTERNAL_INGRESS_CAPPED);
        let ingress = nics.and_then(|nics| if is_capped { Ok(nics.min(egress.clone()?)) } else { Ok(nics) });
        let rdma = machine.gbps(facts, "rdma-gbps");
        Self {
            machine: machine.name.clone(),
            vcpus: machine.count(facts, "vcpus"),
            local_ssd: machine.count(facts, "local-ssd-gib").map(|gib| Gib::new(gib as f64)),
            disk_read: mib("local-ssd-read-mib-per-s"),
            disk_write: mib("local-ssd-write-mib-per-s"),
            egress,
            ingress,
            physical_nics,
            physical_nic,
            full_egress_vnics: machine.count(facts, "vnics-for-full-egress"),
            nic_order: if has_several {
                facts.get(keys::bandwidth::NIC_TO_PHYSICAL_NIC).to_owned()
            } else {
                String::new()
            },
            // Nobody asks how RDMA shares what where there is none.
            shares_cap: match &rdma {
                Ok(rdma) if rdma.is_zero() => Ok(true),
                _ => machine.yes(facts, "rdma-shares-egress-cap"),
            },
            rdma,
            rdma_nics: machine.count(facts, "rdma-nics-max"),
            placement_max: machine.count(facts, "placement-max-instances"),
            usd_per_hour: usd(PRICE),
            spot_usd_per_hour: usd("spot-usd-per-hour"),
            price: price_source(machine, facts),
        }
    }

    /// What all its local SSD reads.
    pub fn disk_read_gb(&self) -> Field<GbPerSecond> {
        self.disk_read.clone().map(GbPerSecond::from)
    }

    /// What all its local SSD writes.
    pub fn disk_write_gb(&self) -> Field<GbPerSecond> {
        self.disk_write.clone().map(GbPerSecond::from)
    }
}

/// The egress cap of a tier. Zero for Tier_1 means that the machine type has none.
fn egress(machine: &MachineFacts, tier: EgressTier, facts: &Facts<'_>) -> Field<Gbps> {
    let usual = machine.gbps(facts, "default-egress-gbps");
    match tier {
        EgressTier::Default => usual,
        EgressTier::Tier1 => match machine.gbps(facts, "tier1-egress-gbps") {
            Ok(higher) if higher.is_zero() => usual,
            higher => higher,
        },
    }
}

fn price_source(machine: &MachineFacts, facts: &Facts<'_>) -> Option<PriceSource> {
    let catalog = facts.catalog();
    let fact = *catalog.machine(&machine.name)?.fields.get(PRICE)?;
    let row = catalog.fact(fact);
    Some(PriceSource { fact, date: row.date, status: row.status })
}

fn missing(machine: &MachineFacts, field: &str) -> Hole {
    Hole::NotInCatalog(format!("machine.{}.{field}", machine.name))
}
