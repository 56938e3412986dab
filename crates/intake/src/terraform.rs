//! Terraform: plans, and the configuration that they were made from.
//! Not here: what the resources mean (`lower`).

#[cfg_attr(not(test), expect(dead_code, reason = "the reader of plans, its caller, is being written"))]
mod source;
