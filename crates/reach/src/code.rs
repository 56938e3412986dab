//! Why a packet does not arrive. The words are those of the Network Management API's `DropInfo.Cause` where it has one, so that a result can be held
//! against a real Connectivity Test. Not here: what each means, which its page says.

use std::fmt;
use std::str::FromStr;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident => $word:literal, $google:literal;)*) => {
        /// Why a packet does not arrive.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word that is printed.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Its page: when it is given, and what to do.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../pages/", $word, ".md")),)*
                }
            }

            /// Whether it is a word of the Network Management API.
            pub fn is_googles(self) -> bool {
                match self {
                    $(Self::$variant => $google,)*
                }
            }
        }
    };
}

codes! {
    InstanceNotRunning => "INSTANCE_NOT_RUNNING", true;
    ForeignIpDisallowed => "FOREIGN_IP_DISALLOWED", true;
    FirewallRule => "FIREWALL_RULE", true;
    NoRoute => "NO_ROUTE", true;
    /// The packet arrives in another network, or at another guest, than the one it is meant for.
    RouteWrongNetwork => "ROUTE_WRONG_NETWORK", true;
    NextHopAddressNotResolved => "ROUTE_NEXT_HOP_IP_ADDRESS_NOT_RESOLVED", true;
    NextHopResourceNotFound => "ROUTE_NEXT_HOP_RESOURCE_NOT_FOUND", true;
    NextHopInstanceWrongNetwork => "ROUTE_NEXT_HOP_INSTANCE_WRONG_NETWORK", true;
    NextHopInstanceNonPrimaryIp => "ROUTE_NEXT_HOP_INSTANCE_NON_PRIMARY_IP", true;
    NextHopForwardingRuleIpMismatch => "ROUTE_NEXT_HOP_FORWARDING_RULE_IP_MISMATCH", true;
    NextHopForwardingRuleTypeInvalid => "ROUTE_NEXT_HOP_FORWARDING_RULE_TYPE_INVALID", true;
    NoRouteFromInternet => "NO_ROUTE_FROM_INTERNET_TO_PRIVATE_IPV4_ADDRESS", true;
    UnknownInternalAddress => "UNKNOWN_INTERNAL_ADDRESS", true;
    UnknownExternalAddress => "UNKNOWN_EXTERNAL_ADDRESS", true;
    PrivateTrafficToInternet => "PRIVATE_TRAFFIC_TO_INTERNET", true;
    NoExternalAddress => "NO_EXTERNAL_ADDRESS", true;
    ForwardingRuleMismatch => "FORWARDING_RULE_MISMATCH", true;
    ForwardingRuleRegionMismatch => "FORWARDING_RULE_REGION_MISMATCH", true;
    ForwardingRuleNoInstances => "FORWARDING_RULE_NO_INSTANCES", true;
    HealthCheckBlocked => "FIREWALL_BLOCKING_LOAD_BALANCER_BACKEND_HEALTH_CHECK", true;
    BackendInvalidNetwork => "LOAD_BALANCER_BACKEND_INVALID_NETWORK", true;
    PscNotAccepted => "PSC_CONNECTION_NOT_ACCEPTED", true;
    RoutingLoop => "ROUTING_LOOP", true;
    NicDown => "NIC_DOWN", false;
    GuestDoesNotHoldAddress => "GUEST_DOES_NOT_HOLD_ADDRESS", false;
    GuestReversePathFilter => "GUEST_REVERSE_PATH_FILTER", false;
    /// Answered, but by the sender itself and never by another backend.
    BackendReachesItself => "BACKEND_REACHES_ITSELF", false;
    VipHasNoHolder => "VIP_HAS_NO_HOLDER", false;
    RdmaNeedsRdmaNic => "RDMA_NEEDS_RDMA_NIC", false;
    RdmaOtherNetwork => "RDMA_OTHER_NETWORK", false;
    NoNicOnRail => "NO_NIC_ON_RAIL", false;
    /// What decides here is left out of the model: dynamic routes, VPN, appliances that forward, proxies.
    NotModelled => "NOT_MODELLED", false;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Code {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|code| code.word() == text);
        known.ok_or_else(|| format!("`{text}` is no code of a verdict"))
    }
}

impl Code {
    /// What it says, in one sentence.
    pub fn summary(self) -> &'static str {
        self.page().lines().nth(2).expect("a page has a title, an empty line and a sentence")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_titled_with_its_code_and_says_what_to_do() {
        for code in Code::ALL {
            let page = code.page();
            assert!(page.starts_with(&format!("# {code}\n\n")), "{code}");
            assert!(code.summary().ends_with('.'), "{code}: {}", code.summary());
            for part in ["\n## When\n", "\n## Fix\n"] {
                assert!(page.contains(part), "{code} has no part {}", part.trim());
            }
            assert_eq!(code.word().parse(), Ok(*code));
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the pages are files")]
    fn every_page_is_of_a_code() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/pages");
        for entry in std::fs::read_dir(folder).expect("the pages are there") {
            let name = entry.expect("a page").file_name().to_string_lossy().into_owned();
            assert!(name.trim_end_matches(".md").parse::<Code>().is_ok(), "{name}");
        }
    }
}
