//! Judging many like things as one subject, so that one mistake is one finding. Not here: how the finding is worded.

use twinrail_model::admit::Admission;
use twinrail_model::{Answer, Finding, Hole, Judged, Refusal};

/// What the API would say to many like things.
pub(crate) enum Gathered<T> {
    Empty,
    Admitted,
    /// Not known of some of them, and nothing against the others.
    Unknown(Hole),
    Refused(Refused<T>),
}

/// Those that the API would not take.
pub(crate) struct Refused<T> {
    pub first: T,
    pub refusal: Refusal,
    pub count: usize,
}

/// Asks about each; one refusal outweighs any number of unknowns.
pub(crate) fn gather<T: Copy>(things: impl IntoIterator<Item = T>, admit: impl Fn(T) -> Admission) -> Gathered<T> {
    let mut gathered = Gathered::Empty;
    for thing in things {
        match (admit(thing), &mut gathered) {
            (Ok(Some(_)), Gathered::Refused(refused)) => refused.count += 1,
            (Ok(Some(refusal)), _) => gathered = Gathered::Refused(Refused { first: thing, refusal, count: 1 }),
            (Err(hole), Gathered::Empty | Gathered::Admitted) => gathered = Gathered::Unknown(hole),
            (Ok(None), Gathered::Empty) => gathered = Gathered::Admitted,
            _ => {}
        }
    }
    gathered
}

impl<T> Gathered<T> {
    /// The judgement: nothing to say about none, and a finding if some are refused.
    pub(crate) fn judged(self, finding: impl FnOnce(&Refused<T>) -> Finding) -> Judged {
        match self {
            Self::Empty => Ok(Answer::NotApplicable),
            Self::Admitted => Ok(Answer::Holds),
            Self::Unknown(hole) => Err(hole),
            Self::Refused(refused) => Ok(finding(&refused).refused(refused.refusal).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use twinrail_model::RefusalReason;

    use super::*;

    #[test]
    fn one_refusal_outweighs_unknowns_and_an_unknown_outweighs_admissions() {
        let admit = |thing: char| match thing {
            'y' => Ok(None),
            '?' => Err(Hole::NotInCatalog("a fact".to_owned())),
            _ => Ok(Some(Refusal { reason: RefusalReason::Invalid, method: "m", message: String::new() })),
        };
        assert!(matches!(gather("".chars(), admit), Gathered::Empty));
        assert!(matches!(gather("yy".chars(), admit), Gathered::Admitted));
        assert!(matches!(gather("y?y".chars(), admit), Gathered::Unknown(_)));
        let Gathered::Refused(refused) = gather("?yn?N".chars(), admit) else { panic!("two are refused") };
        assert_eq!((refused.first, refused.count), ('n', 2));
    }
}
