//! x
use super::super::reconcile::Reconcile;
use crate::api::NamespacedName;
pub fn reconcile(_ctx: &mut Reconcile<'_>, _key: &NamespacedName) {}
