//! The catalog as the inputs would have it: what a real network profile says, then what the user says. Not here: reading the inputs.

use twinrail_facts::{Catalog, CatalogError, Date, Override};

use crate::profile::observed;
use crate::read::Loaded;

impl Loaded {
    /// The catalog with everything that the inputs say otherwise, and the overrides that have expired.
    pub fn learn(&self, mut catalog: Catalog, today: Date) -> Result<(Catalog, Vec<Override>), Vec<String>> {
        let mut errors = Vec::new();
        for observation in &self.observations {
            catalog.learn_profile(observation.profile.clone());
        }
        for observed in observed(&self.network, &self.observations, &catalog) {
            let applied = match catalog.apply(&observed.over, today) {
                Err(CatalogError::NoSuchFact { .. }) => {
                    catalog.learn(observed.question, observed.unit, observed.feature.api_name(), &observed.over)
                }
                other => other.map(|_| ()),
            };
            errors.extend(applied.err().map(|error| error.to_string()));
        }
        let mut expired = Vec::new();
        for over in &self.overrides {
            match catalog.apply(over, today) {
                Ok(true) => {}
                Ok(false) => expired.push(over.clone()),
                Err(error) => errors.push(format!("{}: facts: {error}", over.source)),
            }
        }
        if errors.is_empty() { Ok((catalog, expired)) } else { Err(errors) }
    }
}
