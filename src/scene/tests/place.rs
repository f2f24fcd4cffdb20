//! Where things stand: nothing out of its place, nothing over something else.

use super::*;
use crate::scene::geometry::Rect;

fn clusters() -> Vec<(&'static str, Cluster)> {
    let of = |n_nodes, extra_pods| Cluster {
        n_nodes,
        extra_pods,
        ..Cluster::default()
    };
    vec![
        ("one", of(1, 0)),
        ("two", of(2, 3)),
        ("three", of(3, 0)),
        ("crowded", of(3, 60)),
        ("five", of(5, 12)),
        ("eight", of(8, 20)),
        ("forty", of(40, 0)),
    ]
}

#[test]
fn nodes_stand_apart_within_the_field_and_pods_within_their_nodes() {
    for (name, cluster) in clusters() {
        let snapshot = cluster.snapshot();
        let focus = Focus::new(&snapshot, []);
        for size in SIZES {
            let layout = Layout::new(&snapshot, &focus, size);
            let what = format!("{name} at {}×{}", size.w, size.h);
            assert_eq!(layout.nodes.len(), cluster.n_nodes, "{what}");
            for (idx, node) in layout.nodes.iter().enumerate() {
                assert!(layout.field.holds(&node.rect), "{what}: {} {:?}", node.name, node.rect);
                assert!(node.rect.w >= 108.0 - 0.5, "{what}: a column of {}", node.rect.w);
                for other in &layout.nodes[idx + 1..] {
                    assert!(!node.rect.overlaps(&other.rect), "{what}: {} {}", node.name, other.name);
                }
                let discs: Vec<Rect> = node
                    .pods
                    .iter()
                    .map(|pod| Rect {
                        x: pod.center.x - pod.r,
                        y: pod.center.y - pod.r,
                        w: 2.0 * pod.r,
                        h: 2.0 * pod.r,
                    })
                    .collect();
                for (at, disc) in discs.iter().enumerate() {
                    assert!(node.rect.holds(disc), "{what}: a pod leaves {}", node.name);
                    assert!(disc.y > node.switch.1, "{what}: a pod over the switch of {}", node.name);
                    assert!(
                        discs[at + 1..].iter().all(|it| !disc.overlaps(it)),
                        "{what}: pods of {}",
                        node.name
                    );
                }
            }
            assert!(
                layout.world.h >= layout.view.h && layout.world.w == layout.view.w,
                "{what}"
            );
        }
    }
}

#[test]
fn what_has_no_place_is_counted() {
    let cluster = Cluster {
        extra_pods: 90,
        ..Cluster::default()
    };
    let snapshot = cluster.snapshot();
    let layout = Layout::new(&snapshot, &Focus::new(&snapshot, []), SIZES[4]);
    let shown: usize = layout.nodes.iter().map(|it| it.pods.len()).sum();
    let hidden: usize = layout.nodes.iter().filter_map(|it| it.more).map(|it| it.0).sum();
    // Those of the system are not part of the picture without a packet at them.
    assert_eq!(shown + hidden, 90 + 3 + 1);
    assert!(hidden > 0);
}

#[test]
fn the_outline_reaches_exactly_the_nodes_with_usable_pods() {
    let reaches = |cluster: &Cluster| -> Vec<bool> {
        let snapshot = cluster.snapshot();
        let layout = Layout::new(&snapshot, &Focus::new(&snapshot, []), SIZES[4]);
        let outline = &layout.outlines[layout.outline_of[0].unwrap()];
        let into = |node: &Rect| {
            outline
                .points
                .iter()
                .any(|it| it.y < node.bottom() - 1.0 && it.x > node.x && it.x < node.right())
        };
        layout.nodes.iter().map(|it| into(&it.rect)).collect()
    };
    assert_eq!(reaches(&Cluster::default()), [true, false, true]);
    let empty = Cluster {
        endpoints: false,
        ..Cluster::default()
    };
    assert_eq!(reaches(&empty), [false, false, false]);
}

#[test]
fn a_stage_without_nodes_or_room_is_still_a_picture() {
    let nothing = Cluster {
        n_nodes: 1,
        ..Cluster::default()
    };
    let snapshot = nothing.snapshot();
    let bare = crate::cluster::Snapshot::empty(snapshot.config().clone(), snapshot.now());
    for view in [
        Size { w: 0.0, h: 0.0 },
        Size { w: 5000.0, h: 40.0 },
        Size { w: 300.0, h: 4000.0 },
    ] {
        for snapshot in [&snapshot, &bare] {
            let layout = Layout::new(snapshot, &Focus::new(snapshot, []), view);
            let stage = StageState {
                layout: &layout,
                routes: &Routes::default(),
                trace: None,
                hop: 0,
                burst: None,
                arrived: 0,
                lang: Lang::Ko,
            };
            assert!(!stage.picture().under.is_empty());
        }
    }
}
