//! An intent about who reaches whom that is not true of the network as it is described, or not after a failure that it names.

use twinrail_model::{Answer, Ask, Class, Hole, IntentId, Judged, View};
use twinrail_reach::Plane;
use twinrail_reach::intent::{self, Judgement, Wish};

use crate::rule::{Judge, Rule, Walk};
use crate::walks::{self, About};

pub const RULE: Rule = Rule {
    code: "intent-violated",
    class: Class::Broken,
    page: include_str!("../../pages/intent-violated.md"),
    judge: Judge::Walk(Walk::Intent(judge)),
};

fn judge(view: &View<'_>, plane: &Plane<'_>, id: IntentId) -> Judged {
    let row = &view.network.intents[id];
    let Ask::Reach { reach, to, how, after } = &row.ask else { return Ok(Answer::NotApplicable) };
    let wish = Wish { reach: *reach, to: *to, how, after: *after };
    let judgement = intent::judge(plane, view.facts, &wish)?;
    if let Judgement::Holds(proof) = &judgement
        && proof.is_empty()
    {
        return Err(Hole::NobodyToAsk(id.into()));
    }
    let about = About {
        network: view.network,
        place: id.into(),
        claim: format!("`{}` does not hold", row.text),
        label: "this is meant".to_owned(),
    };
    Ok(walks::answer(&about, judgement))
}
