//! Which rules there are: one line a rule, by family. The line names the rule's file; the file holds `RULE`.

use crate::rule::Rule;

macro_rules! rules {
    ($($path:literal $name:ident)*) => {
        $(
            #[path = $path]
            mod $name;
        )*

        /// Every rule, in the order of its family and name.
        pub static RULES: &[&Rule] = &[$(&$name::RULE,)*];
    };
}

rules! {
    "profile/nic_type_not_on_profile.rs" nic_type_not_on_profile
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}
