//! Which EndpointSlices belong to a Service.

use crate::api::types::discovery::EndpointSlice;
use crate::cluster::Snapshot;

/// The slices of a Service, by its label.
pub fn slices_of<'a>(
    snapshot: &'a Snapshot,
    namespace: &'a str,
    service: &'a str,
) -> impl Iterator<Item = &'a EndpointSlice> + use<'a> {
    snapshot
        .list::<EndpointSlice>()
        .filter(move |slice| slice.metadata.namespace == namespace && slice.service_name() == Some(service))
}
