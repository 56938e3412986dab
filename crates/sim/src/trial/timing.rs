//! How long everything takes in one world: the catalog's delays and the settings of the pool's mover, looked up once for many trials. Not here: chance, and
//! which delay an event has.

use twinrail_facts::{Bool, Catalog, Delay, Delays, FactId, Facts, Key, Microseconds, Number, Part, Shape, Status, keys};
use twinrail_model::{
    BackendServiceId, DetectorKind, Grace, HealthCheckId, MigId, Mover, MoverKind, Network, Service, VipHolder, VipPoolId,
};

use super::detect::Detector;
use crate::setting::Family;

/// What is waited for. The number of each is that of its [`Purpose`](twinrail_facts::Purpose): it must never change, or every figure does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Wait {
    Read,
    Call,
    NicUpdate,
    InsertRoute,
    DeleteRoute,
    LeaderUpdate,
    Labels,
    Grant,
    Stop,
    Reset,
    Boot,
    Recreate,
    HostError,
    Guest,
    Verdict,
    Announcement,
    DataPlane,
    Reusable,
    Takeover,
    Blip,
    Refusal,
    Zone,
}

impl Wait {
    pub const ALL: [Self; 22] = [
        Self::Read,
        Self::Call,
        Self::NicUpdate,
        Self::InsertRoute,
        Self::DeleteRoute,
        Self::LeaderUpdate,
        Self::Labels,
        Self::Grant,
        Self::Stop,
        Self::Reset,
        Self::Boot,
        Self::Recreate,
        Self::HostError,
        Self::Guest,
        Self::Verdict,
        Self::Announcement,
        Self::DataPlane,
        Self::Reusable,
        Self::Takeover,
        Self::Blip,
        Self::Refusal,
        Self::Zone,
    ];

    /// The fact that says how long it is, unless the model does.
    pub fn fact(self) -> FactId {
        self.key().id()
    }

    /// Those of a mask, a bit each.
    pub fn of_mask(mask: u32) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |wait| mask >> *wait as u32 & 1 == 1)
    }

    fn key(self) -> Key<Delays> {
        use keys::{api, control, incident, service, storage};
        match self {
            Self::Read => api::GET_TIME,
            Self::Call => api::REQUEST_TIME,
            Self::NicUpdate => api::NIC_UPDATE_TIME,
            Self::InsertRoute => api::ROUTE_INSERT_TIME,
            Self::DeleteRoute => api::ROUTE_DELETE_TIME,
            Self::LeaderUpdate => api::LEADER_UPDATE_TIME,
            Self::Labels => api::ADDRESS_LABELS_TIME,
            Self::Grant => storage::GRANT_TIME,
            Self::Stop => api::INSTANCE_STOP_TIME,
            Self::Reset => api::INSTANCE_RESET_TIME,
            Self::Boot => api::VM_RESET_TO_APP_TIME,
            Self::Recreate => api::MIG_RECREATE_TIME,
            Self::HostError => api::HOST_ERROR_DETECTION_TIME,
            Self::Guest => api::METADATA_TO_GUEST_TIME,
            Self::Verdict => api::LB_VERDICT_TO_DATA_PLANE_TIME,
            Self::Announcement => api::GARP_EFFECT_TIME,
            Self::DataPlane => control::DATA_PLANE_FOLLOWS_WITHIN,
            Self::Reusable => api::REMOVED_ADDRESS_USABLE_AFTER,
            Self::Takeover => service::TAKEOVER_TIME,
            Self::Blip => incident::BLIP_TIME,
            Self::Refusal => incident::API_REFUSAL_TIME,
            Self::Zone => incident::ZONE_TIME,
        }
    }

    /// How long an incident lasts: what a scenario is about, and no belief about the platform.
    pub fn is_incident(self) -> bool {
        matches!(self, Self::Blip | Self::Refusal | Self::Zone)
    }

    /// An operation of the Compute API, or a request to it.
    pub(super) fn is_api(self) -> bool {
        matches!(
            self,
            Self::Read
                | Self::Call
                | Self::NicUpdate
                | Self::InsertRoute
                | Self::DeleteRoute
                | Self::LeaderUpdate
                | Self::Labels
                | Self::Stop
                | Self::Reset
        )
    }
}

/// A delay and where its tail begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    pub delay: Delay,
    /// What is longer than this is the tail of a distribution that nobody measured; nothing of a measured one, or of a constant.
    pub tail_from: Option<Microseconds>,
    /// It has no tail in this world: what would be longer is as long as where the tail begins.
    pub is_cut: bool,
}

/// Where in their ranges facts are taken, and which are taken without their tails.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scale {
    pub factors: Vec<(FactId, f64)>,
    pub cut: Vec<FactId>,
}

impl Scale {
    fn of(&self, fact: FactId) -> f64 {
        self.factors.iter().find(|(of, _)| *of == fact).map_or(1.0, |(_, factor)| *factor)
    }
}

/// What a model says of how long things take on one pool.
#[derive(Debug, Clone, Copy)]
pub struct Deployment<'a> {
    pub mover: &'a Mover,
    pub service: Service,
    pub holds_vip: VipHolder,
    /// Of the whole cluster.
    pub instances: u64,
    /// Of the backend service, in the API's word.
    pub persistence: Option<&'a str>,
    /// The health check of the backend service, and that of the managed group: interval and timeout in seconds, failures, successes.
    pub checks: [Option<Check>; 2],
}

/// A health check as the input has it; what it does not say has the platform's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Check {
    pub interval: Option<u64>,
    pub timeout: Option<u64>,
    pub unhealthy: Option<u64>,
    pub healthy: Option<u64>,
}

impl<'a> Deployment<'a> {
    pub fn of(network: &'a Network, pool: VipPoolId) -> Self {
        let row = &network.vips[pool];
        let cluster = &network.clusters[row.over];
        let rule = network.vips_of(pool).next().and_then(|vip| network.vip_rule(vip));
        let service = rule.and_then(|rule| *network.forwarding_rules[rule].backend_service);
        Self {
            mover: &row.mover,
            service: cluster.service,
            holds_vip: cluster.guest.holds_vip,
            instances: cluster.instances.len() as u64,
            persistence: service.and_then(|service| network.backend_services[service].persistence.as_deref()),
            checks: checks(network, service, cluster.mig),
        }
    }
}

fn checks(network: &Network, service: Option<BackendServiceId>, mig: Option<MigId>) -> [Option<Check>; 2] {
    let of = |check: Option<HealthCheckId>| {
        let row = &network.health_checks[check?];
        Some(Check {
            interval: *row.interval_seconds,
            timeout: *row.timeout_seconds,
            unhealthy: *row.unhealthy_threshold,
            healthy: *row.healthy_threshold,
        })
    };
    let balancer = service.and_then(|service| network.backend_services[service].health_checks.first().copied());
    let group = mig.and_then(|mig| network.migs[mig].autohealing.as_ref().and_then(|(check, _)| check.clone().ok()));
    [of(balancer), of(group)]
}

/// Everything that takes time, for one mover on one pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// By [`Wait`].
    waits: Vec<Timed>,
    /// Who notices that a node has failed.
    pub detector: Detector,
    /// The load balancer's health check.
    pub probe: Detector,
    /// How long a backend must answer until it counts as healthy: the interval, and how many good probes.
    pub probe_up: (Microseconds, u64),
    /// The health check by which a managed group notices; without one it knows only of instances that do not run.
    pub group_probe: Option<Detector>,
    /// Between two looks of a controller.
    pub poll: Microseconds,
    /// Between two looks at an operation.
    pub operation_poll: Microseconds,
    pub backoff: Microseconds,
    pub backoff_max: Microseconds,
    /// A third of what passes from the last renewal of a lease until it is given to another.
    pub tick: Microseconds,
    /// Of a server that does not share its clients' state.
    pub grace: Option<Microseconds>,
    /// Times an operation takes longer while the API is slow.
    pub slowness: f64,
    pub drain_notice: Microseconds,
    /// The window of rate quotas.
    pub window: Microseconds,
    /// Reads before the first change of a task, beyond one: the Pacemaker agent looks for the holder on every peer.
    pub searches: u64,
    /// Instances of the whole cluster.
    pub instances: u64,
    pub rack: u64,
    /// An address that lies on the guest without an agent's help is there at once.
    pub agent: bool,
    /// Open connections stay with a backend that went silent.
    pub pins: bool,
    /// The address goes back by itself as soon as the instance it was with runs.
    pub goes_back: bool,
    /// A server that the storage refuses closes its connections.
    pub fenced_closes: bool,
    /// Changes of the NIC of an instance whose host failed are done only once the platform has noticed.
    pub waits_for_host: bool,
}

impl Timing {
    /// Looks everything up, in the world of the facts, with some of them taken elsewhere in their ranges.
    pub fn of(facts: &Facts<'_>, deployment: &Deployment<'_>, kind: MoverKind, scale: &Scale) -> Self {
        let reading = Reading { facts, scale, deployment, kind };
        let Deployment { service, instances, .. } = *deployment;
        let mut waits: Vec<Timed> = Vec::with_capacity(Wait::ALL.len());
        for wait in Wait::ALL {
            let stated = (wait == Wait::Takeover).then_some(service.takeover_milliseconds).flatten();
            waits.push(match stated {
                Some(milliseconds) => reading.stated(milliseconds as f64 / 1e3),
                None => reading.timed(wait),
            });
        }
        let lease = reading.setting("lease", keys::kube_vip::LEASE_DURATION);
        let family = family_of(kind);
        Self {
            waits,
            detector: reading.detector(instances, Microseconds(lease.0 / 2)),
            probe: reading.platform_probe(deployment.checks[0]),
            probe_up: reading.probe_up(),
            group_probe: deployment.checks[1].map(|check| reading.platform_probe(Some(check))),
            poll: reading.setting("poll", keys::controller::POLL_INTERVAL),
            operation_poll: reading.seconds(keys::api::OPERATION_POLL_INTERVAL),
            backoff: reading.seconds(keys::controller::BACKOFF_FIRST),
            backoff_max: reading.seconds(keys::controller::BACKOFF_MAX),
            tick: Microseconds(lease.0 / 2),
            grace: match service.grace {
                Some(Grace::Shared | Grace::None) => None,
                Some(Grace::Milliseconds(grace)) => Some(Microseconds(grace.saturating_mul(1_000))),
                None => Some(reading.seconds(keys::nfs::V4_GRACE)),
            },
            slowness: reading.number(keys::incident::API_SLOWNESS),
            drain_notice: reading.seconds(keys::incident::DRAIN_NOTICE),
            window: reading.seconds(keys::api::QUOTA_WINDOW_SECONDS),
            searches: match kind {
                MoverKind::PacemakerAlias => {
                    facts.get(keys::pacemaker_alias::REQUESTS_PER_PEER).saturating_mul(instances.saturating_sub(1))
                }
                _ => 0,
            },
            instances,
            rack: facts.get(keys::incident::RACK_INSTANCES),
            agent: deployment.holds_vip == VipHolder::Agent && family == Family::Alias,
            pins: family == Family::HealthCheck && reading.pins(),
            goes_back: kind == MoverKind::RoutePriority,
            fenced_closes: facts.get(keys::service::FENCED_SERVER_CLOSES),
            waits_for_host: family == Family::Alias && !facts.get(keys::control::NIC_UPDATE_WHILE_HOST_ERROR),
        }
    }

    pub fn wait(&self, wait: Wait) -> &Timed {
        &self.waits[wait as usize]
    }

}

/// The family of a mover, which a setting has too.
fn family_of(kind: MoverKind) -> Family {
    crate::setting::Setting::new(kind, crate::setting::Scope::default()).family()
}

/// Looks up facts, scaled, and parameters of the mover, which the user chose and which have no range.
struct Reading<'a> {
    facts: &'a Facts<'a>,
    scale: &'a Scale,
    deployment: &'a Deployment<'a>,
    kind: MoverKind,
}

impl Reading<'_> {
    fn timed(&self, wait: Wait) -> Timed {
        let (facts, key) = (self.facts, wait.key());
        let factor = self.scale.of(key.id());
        let plain = facts.get(key);
        let delay = if is_one(factor) { plain.clone() } else { plain.scaled(factor) };
        let tail_from = (!wait.is_incident() && is_believed(facts.catalog(), key.id()) && delay.most() != Some(delay.least()))
            .then(|| delay.tail_from());
        Timed { delay, tail_from, is_cut: self.scale.cut.contains(&key.id()) }
    }

    fn stated(&self, seconds: f64) -> Timed {
        let point = Part { weight: 1.0, shape: Shape::Point(seconds) };
        let delay = Delay::try_from(vec![point]).expect("a time of the model is finite and not negative");
        Timed { delay, tail_from: None, is_cut: false }
    }

    fn number(&self, key: Key<Number>) -> f64 {
        self.facts.get(key) * self.scale.of(key.id())
    }

    fn seconds(&self, key: Key<Number>) -> Microseconds {
        Microseconds::from_seconds(self.number(key))
    }

    /// A parameter of the model's mover, which others that work as it does would have too.
    fn parameter(&self, name: &str) -> Option<f64> {
        let mover = self.deployment.mover;
        let alike = mover.kind == self.kind || has_controllers(mover.kind) && has_controllers(self.kind);
        mover.parameters.get(name).copied().filter(|_| alike)
    }

    /// A time that the model may give, in milliseconds; else a fact.
    fn setting(&self, name: &str, key: Key<Number>) -> Microseconds {
        self.parameter(name).map_or_else(|| self.seconds(key), |given| Microseconds::from_seconds(given / 1e3))
    }

    fn detector(&self, instances: u64, tick: Microseconds) -> Detector {
        use keys::{controller, corosync, keepalived, kube_vip};
        let facts = self.facts;
        let mover = self.deployment.mover;
        let alike = mover.kind == self.kind || has_controllers(mover.kind) && has_controllers(self.kind);
        match mover.detector.filter(|_| alike).unwrap_or(usual(self.kind)) {
            // It is the lease itself that ends, tick by tick, whatever else is stated.
            _ if self.kind == MoverKind::LbGarp => {
                Detector::Lease { duration: tick.saturating_mul(2), retry: tick }
            }
            DetectorKind::Probe if self.kind == MoverKind::StatefulMig => self.platform_probe(self.deployment.checks[1]),
            DetectorKind::Probe => Detector::Probe {
                interval: self.setting("interval", controller::PROBE_INTERVAL),
                timeout: self.setting("timeout", controller::PROBE_TIMEOUT),
                unhealthy: self.count("unhealthy", facts.get(controller::PROBE_UNHEALTHY)),
            },
            DetectorKind::Lease => Detector::Lease {
                duration: self.setting("lease", kube_vip::LEASE_DURATION),
                retry: self.seconds(kube_vip::RETRY_PERIOD),
            },
            DetectorKind::Keepalived => Detector::Keepalived {
                advert: self.seconds(keepalived::ADVERT_INTERVAL),
                adverts: facts.get(keepalived::MASTER_DOWN_ADVERTS),
            },
            DetectorKind::Corosync => Detector::corosync(
                instances,
                self.number(corosync::TOKEN),
                self.number(corosync::TOKEN_COEFFICIENT),
                self.number(corosync::CONSENSUS_FACTOR),
            ),
        }
    }

    fn count(&self, name: &str, otherwise: u64) -> u64 {
        self.parameter(name).map_or(otherwise, |given| Microseconds::from_seconds(given / 1e6).0)
    }

    /// A health check of the platform: as the mover's parameters say, else as the input has it, else by the platform's defaults.
    fn platform_probe(&self, check: Option<Check>) -> Detector {
        use keys::lb;
        let check = check.unwrap_or_default();
        let seconds = |stated: Option<u64>, key| match stated {
            Some(seconds) => Microseconds::whole_seconds(seconds),
            None => self.seconds(key),
        };
        let parameter = |name: &str| self.parameter(name).map(|given| Microseconds::from_seconds(given / 1e3));
        let unhealthy = check
            .unhealthy
            .unwrap_or_else(|| self.facts.get(lb::HEALTH_CHECK_UNHEALTHY_THRESHOLD_DEFAULT));
        let has = !has_controllers(self.kind);
        let interval = parameter("interval").filter(|_| has);
        let timeout = parameter("timeout").filter(|_| has);
        Detector::Probe {
            interval: interval.unwrap_or_else(|| seconds(check.interval, lb::HEALTH_CHECK_INTERVAL_DEFAULT)),
            timeout: timeout.unwrap_or_else(|| seconds(check.timeout, lb::HEALTH_CHECK_TIMEOUT_DEFAULT)),
            unhealthy: if has { self.count("unhealthy", unhealthy) } else { unhealthy },
        }
    }

    fn probe_up(&self) -> (Microseconds, u64) {
        let Detector::Probe { interval, .. } = self.platform_probe(self.deployment.checks[0]) else {
            unreachable!("a health check of the platform is a probe")
        };
        let stated = self.deployment.checks[0].and_then(|check| check.healthy);
        (interval, stated.unwrap_or_else(|| self.facts.get(keys::lb::HEALTH_CHECK_HEALTHY_THRESHOLD_DEFAULT)))
    }

    fn pins(&self) -> bool {
        match self.deployment.persistence {
            Some("NEVER_PERSIST") => false,
            Some("ALWAYS_PERSIST") => true,
            _ => self.facts.get::<Bool>(keys::lb::TCP_STAYS_ON_UNHEALTHY_BY_DEFAULT),
        }
    }
}

/// Controllers outside the nodes do the moving, by probes, leases and polls of their own.
fn has_controllers(kind: MoverKind) -> bool {
    crate::setting::Setting::new(kind, crate::setting::Scope::default()).has_controllers()
}

/// The detector that usually comes with a mover.
pub fn usual(kind: MoverKind) -> DetectorKind {
    match kind {
        MoverKind::PacemakerAlias => DetectorKind::Corosync,
        MoverKind::LbHealthCheck => DetectorKind::Keepalived,
        MoverKind::LbGarp => DetectorKind::Lease,
        _ => DetectorKind::Probe,
    }
}

/// Nobody measured it, or who did measured something else.
fn is_believed(catalog: &Catalog, fact: FactId) -> bool {
    matches!(
        catalog.fact(fact).status,
        Status::Assumed | Status::Reported | Status::Unknown | Status::Conflicting
    )
}

#[expect(clippy::float_cmp, reason = "one is given as one")]
fn is_one(factor: f64) -> bool {
    factor == 1.0
}
