//! Times, stops of the strip, and the header card.

use super::*;
use crate::net::trace::{Direction, Stage};
use crate::scene::card::{Card, CardKind, CardPlacement};
use crate::scene::hop::{HopMark, lines};
use crate::scene::itinerary::{is_decided, last_decided};
use crate::scene::strip::Strip;
use crate::scene::timeline::{BurstTimeline, REWRITE_MS, SEGMENT_MS};

#[test]
fn every_hop_has_its_time_and_the_last_one_ends_it() {
    for (name, _, trace) in fixtures::all() {
        let timeline = timeline_of(&trace);
        let starts: Vec<f64> = timeline.starts().collect();
        assert_eq!(starts.len(), trace.hops.len(), "{name}");
        assert!(starts.windows(2).all(|it| it[0] <= it[1]), "{name}: {starts:?}");
        for hop in 0..trace.hops.len() {
            // Hops that start at the same time share it; the later one is the current one.
            assert!(timeline.hop_at(timeline.start_of(hop)) >= hop, "{name}, hop {hop}");
        }
        let end = timeline.at(timeline.duration());
        assert_eq!(end.hop, trace.hops.len() - 1, "{name}");
        assert_eq!(timeline.at(timeline.duration() * 2.0), end, "{name}");
    }
}

#[test]
fn machines_and_rewrites_take_the_times_of_the_design() {
    let trace = fixtures::node_port();
    let timeline = timeline_of(&trace);
    let (dnat, snat) = (2, 3);
    assert_eq!(
        (trace.hops[dnat].stage, trace.hops[snat].stage),
        (Stage::Dnat, Stage::Snat)
    );
    let travel = timeline.start_of(dnat) - timeline.leave_of(dnat - 1);
    assert!((travel - SEGMENT_MS).abs() < 1e-6, "{travel}");
    // A rewrite stands at least for its own time, and for that of its sentence.
    assert!(timeline.leave_of(dnat) - timeline.start_of(dnat) >= REWRITE_MS);
    // Without a trace there is nothing to wait for.
    let nothing = Timeline::default();
    assert_eq!((nothing.duration(), nothing.hop_at(5.0)), (0.0, 0));
}

#[test]
fn a_burst_sends_all_and_all_arrive() {
    let burst_timeline = BurstTimeline { n_packets: 100 };
    let end = burst_timeline.duration();
    assert!((2_500.0..=3_500.0).contains(&end));
    assert_eq!((burst_timeline.arrived(0.0), burst_timeline.arrived(end)), (0, 100));
    let in_flight = (0..100)
        .filter(|&idx| burst_timeline.at(idx, end / 2.0).is_some())
        .count();
    assert!(in_flight > 40, "{in_flight}");
}

#[test]
fn the_strip_can_be_scrubbed() {
    let trace = fixtures::node_port();
    let timeline = timeline_of(&trace);
    for width in [180.0, 420.0] {
        let strip = Strip::new(Itinerary::new(&trace, true), width);
        for hop in 0..trace.hops.len() {
            let ms = strip.time_at(&timeline, strip.x(hop as f64));
            assert_eq!(timeline.hop_at(ms), hop, "hop {hop} at {width}");
            assert_eq!(strip.stop_at(&timeline, timeline.start_of(hop)), hop as f64);
        }
        assert_eq!(strip.time_at(&timeline, -50.0), 0.0);
    }
}

#[test]
fn names_under_the_strip_do_not_touch_and_the_current_one_is_there() {
    let trace = fixtures::cluster_ip();
    let strip = Strip::new(Itinerary::new(&trace, true), 380.0);
    for hop in 0..trace.hops.len() {
        let labels = strip.labels(&trace, hop, Lang::En);
        assert!(labels.iter().any(|it| it.hops.contains(&hop)), "hop {hop}");
        let half = |text: &str| crate::scene::measure::ui(text, 12.0, true) / 2.0;
        for pair in labels.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            assert!(a.x + half(&a.text) <= b.x - half(&b.text), "{a:?} {b:?}");
        }
    }
    assert!(
        Strip::new(Itinerary::new(&trace, true), 200.0)
            .labels(&trace, 0, Lang::En)
            .is_empty()
    );
}

#[test]
fn the_card_adds_changes_up_and_the_reply_starts_afresh() {
    let trace = fixtures::node_port();
    let card = |hop| Card::new(&trace, hop, Lang::En).unwrap();
    assert!(card(0).rows.iter().all(|it| it.was.is_none()));
    let both = card(3);
    assert_eq!(both.kind, CardKind::Request);
    let was: Vec<_> = both.rows.iter().map(|it| it.was.clone().unwrap().0).collect();
    assert_eq!(was, ["203.0.113.10:51534", "192.168.10.12:30080"]);
    let first_reply = trace
        .hops
        .iter()
        .position(|it| it.direction == Direction::Reply)
        .unwrap();
    assert!(card(first_reply).rows.iter().all(|it| it.was.is_none()));
    let restored = card(trace.hops.len() - 1);
    assert_eq!(restored.title, "Reply, addresses restored");
    assert!(
        restored
            .rows
            .iter()
            .all(|it| it.was.as_ref().is_some_and(|it| it.1.tag().is_empty()))
    );
}

#[test]
fn a_packet_that_dies_says_how() {
    let (refused, lost) = (fixtures::refused(), fixtures::timeout());
    assert_eq!(Card::new(&refused, 1, Lang::En).unwrap().title, "Refused on node-2");
    assert_eq!(Card::new(&lost, 2, Lang::En).unwrap().kind, CardKind::Timeout);
    assert_eq!(
        (HopMark::of(&refused, 1), HopMark::of(&lost, 2)),
        (HopMark::Refused, HopMark::Silence)
    );
    let marks: Vec<bool> = lines(&refused, Lang::En).iter().map(|it| it.bad).collect();
    assert_eq!(marks, [false, true, true]);
}

#[test]
fn the_card_docks_where_it_fits_or_not_at_all() {
    let trace = fixtures::node_port();
    for size in SIZES {
        let (layout, _) = laid_out(&Cluster::default(), &trace, size);
        let placement = CardPlacement::new(&layout, &trace, Lang::En);
        assert_eq!(placement.is_none(), layout.is_narrow() || size.w < 600.0, "{size:?}");
    }
}

#[test]
fn what_is_decided_stands_as_long_as_it_takes_to_read_and_the_rest_passes() {
    for (name, _, trace) in fixtures::all() {
        for lang in [Lang::En, Lang::Ko] {
            let timeline = Timeline::new(&trace, &Itinerary::new(&trace, true), lang);
            for hop in 0..trace.hops.len() - 1 {
                let stands = timeline.start_of(hop + 1) - timeline.start_of(hop);
                let letters = trace.hops[hop].why.say().get(lang).chars().count() as f64;
                if is_decided(&trace, hop) {
                    let most = if lang == Lang::En { 17.5 } else { 11.5 };
                    assert!(
                        stands >= 5_000.0 || letters / stands * 1000.0 <= most,
                        "{name}, hop {hop}: {stands} ms"
                    );
                } else {
                    assert!(stands <= 1_700.0, "{name}, hop {hop}: {stands} ms");
                }
                assert!(
                    is_decided(&trace, last_decided(&trace, hop)) || hop < 2,
                    "{name}, hop {hop}"
                );
            }
        }
    }
}
